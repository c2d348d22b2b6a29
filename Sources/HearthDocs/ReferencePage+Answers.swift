import HearthWeb
import Yams

extension ReferencePage {
    /// A table of every status with its meaning, its schema and its possible error codes.
    func answers(_ responses: Node?) -> HTML {
        let rows = document.members(of: responses).map { status, node in
            let response = document.resolve(node)
            return """
                <tr><th scope="row">\(status)</th><td>\(inline(response["description"]?.string ?? ""))</td>\
                <td>\(content(response))</td></tr>

                """ as HTML
        }
        return """
            <h4>Answers</h4>
            <table><thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
            <tbody>\(rows)</tbody></table>

            """
    }

    private func inline(_ words: String) -> HTML { Markdown().inline(words) }

    private func content(_ response: Node) -> HTML {
        guard let json = response["content"]?["application/json"] else {
            return document.members(of: response["content"]).map { "<code>\($0.name)</code>" as HTML }
                .joined(separator: " ")
        }
        let codes = document.members(of: json["examples"]).compactMap { example -> HTML? in
            let value = document.resolve(example.node)["value"]
            guard value?["success"]?.bool == false, let code = value?["code"]?.string else { return nil }
            return "<a href=\"#\(code)\"><code>\(code)</code></a>"
        }
        if !codes.isEmpty { return codes.joined(separator: " ") }
        return json["schema"].map(SchemaWords(document: document).type) ?? ""
    }
}
