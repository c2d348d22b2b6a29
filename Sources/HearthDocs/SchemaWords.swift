import HearthWeb
import Yams

/// Renders schemas for readers: a table of members, and a description of each type.
struct SchemaWords {
    let document: ContractDocument
    let markdown = Markdown()

    /// A table of an object's members, including those of its `allOf` parts; empty for other schemas.
    func table(_ node: Node) -> HTML {
        let rows = rows(node)
        guard !rows.isEmpty else { return "" }
        let body = rows.map { name, isRequired, type, description in
            """
            <tr><th scope="row"><code>\(name)</code></th><td>\(type)\(isRequired ? " <em>required</em>" as HTML : "")</td>\
            <td>\(markdown.inline(description))</td></tr>

            """ as HTML
        }
        return """
            <table><thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
            <tbody>\(body)</tbody></table>

            """
    }

    private func rows(_ node: Node) -> [(name: String, isRequired: Bool, type: HTML, description: String)] {
        let node = document.resolve(node)
        let required = Set((node["required"]?.sequence ?? []).compactMap(\.string))
        let own = document.members(of: node["properties"]).map { name, member in
            (name, required.contains(name), type(member), description(of: member))
        }
        return own + (node["allOf"]?.sequence ?? []).flatMap(rows)
    }

    func description(of node: Node) -> String {
        (node["description"] ?? document.resolve(node)["description"])?.string?
            .split(whereSeparator: \.isNewline).joined(separator: " ") ?? ""
    }

    /// A description such as "integer, 0 to 2000, default 20", with links to named schemas.
    func type(_ node: Node) -> HTML {
        if let name = ContractDocument.referenceName(node) {
            return "<a href=\"#schema-\(name)\">\(name)</a>"
        }
        for keyword in ["anyOf", "oneOf"] {
            if let alternatives = node[keyword]?.sequence { return alternatives.map(type).joined(separator: " or ") }
        }
        if let values = node["enum"]?.sequence {
            return values.map { "<code>\($0.string ?? "null")</code>" as HTML }.joined(separator: " or ")
        }
        if let value = node["const"]?.string { return "always <code>\(value)</code>" }
        var parts = [name(of: node)]
        if let format = node["format"]?.string, format != "int64" { parts.append("\(format)") }
        parts += bounds(of: node)
        if let standard = node["default"]?.string { parts.append("default <code>\(standard)</code>") }
        return parts.joined(separator: ", ")
    }

    private func name(of node: Node) -> HTML {
        guard let type = node["type"] else { return "anything" }
        let names = type.sequence?.compactMap(\.string) ?? [type.string ?? ""]
        return names.map { name in
            guard name == "array", let items = node["items"] else { return "\(name == "string" ? "text" : name)" }
            return "list of \(self.type(items))"
        }.joined(separator: " or ")
    }

    private func bounds(of node: Node) -> [HTML] {
        let number = (node["minimum"]?.string, node["maximum"]?.string)
        var words: [HTML] = []
        switch number {
        // The upper bound of all ids does not help the reader.
        case (_, "9007199254740991"?): break
        case (let least?, let most?): words.append("\(least) to \(most)")
        case (let least?, nil): words.append("at least \(least)")
        case (nil, let most?): words.append("at most \(most)")
        case (nil, nil): break
        }
        if let most = node["maxLength"]?.string { words.append("at most \(most) characters") }
        if let most = node["maxItems"]?.string { words.append("at most \(most)") }
        return words
    }
}
