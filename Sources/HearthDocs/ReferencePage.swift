import HearthWeb
import Yams

/// The contract as one page: the guide, every operation, every schema and every error code, each with an anchor.
struct ReferencePage {
    let document: ContractDocument
    /// docs/errors.md.
    let errors: String
    private let schemas: SchemaWords
    private let below = Markdown(deeper: 1)

    init(document: ContractDocument, errors: String) {
        self.document = document
        self.errors = errors
        schemas = SchemaWords(document: document)
    }

    func html(style: HTML) -> HTML {
        let info = document.root["info"]
        let title = info?["title"]?.string ?? ""
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title) API</title>
            <link rel="icon" href="data:,">
            <style>\(style)</style>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the contents</a>
            <header>
            <h1>\(title) API <small>\(info?["version"]?.string ?? "")</small></h1>
            <p>\(info?["summary"]?.string ?? "") The machine-readable form of this page is <a href="/openapi.yaml">openapi.yaml</a>.</p>
            </header>
            \(navigation)
            <main id="main">
            <section aria-label="Guide">
            \(Markdown().render(info?["description"]?.string ?? ""))</section>
            \(document.tags.map(group))
            <section aria-labelledby="webhook-events"><h2 id="webhook-events">Webhook events</h2>
            \(document.webhooks.map(webhook))</section>
            <section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>
            \(document.schemas.map(schema))</section>
            <section aria-label="Errors">
            \(below.render(errors))</section>
            </main>
            </body>
            </html>

            """
    }

    private var navigation: HTML {
        let groups = document.tags.map { tag in
            let links = document.operations.filter { $0.tag == tag.name }.map { operation in
                "<li><a href=\"#\(operation.id)\">\(summary(operation.node))</a></li>\n" as HTML
            }
            return """
                <li><a href="#\(Self.anchor(ofTag: tag.name))">\(tag.name)</a><ul>\(links)</ul></li>

                """ as HTML
        }
        return """
            <nav aria-label="Contents"><ul>
            \(groups)<li><a href="#webhook-events">Webhook events</a></li>
            <li><a href="#schemas">Schemas</a></li>
            <li><a href="#errors">Errors</a></li>
            </ul></nav>
            """
    }

    private static func anchor(ofTag name: String) -> String { "tag-" + Markdown.anchor(name) }

    private func group(_ tag: (name: String, description: String)) -> HTML {
        let operations = document.operations.filter { $0.tag == tag.name }
        let anchor = Self.anchor(ofTag: tag.name)
        return """
            <section aria-labelledby="\(anchor)"><h2 id="\(anchor)">\(tag.name)</h2>
            <p>\(below.inline(tag.description))</p>
            \(operations.map(operation))</section>

            """
    }

    private func summary(_ node: Node) -> String { node["summary"]?.string ?? "" }

    private func operation(_ operation: ContractDocument.Operation) -> HTML {
        """
        <article aria-labelledby="\(operation.id)"><h3 id="\(operation.id)">\(summary(operation.node))</h3>
        <p class="call"><code>\(operation.method) \(operation.path)</code></p>
        \(Markdown(deeper: 3).render(operation.node["description"]?.string ?? ""))\
        \(parameters(operation.parameters))\(body(operation.node["requestBody"]))\(answers(operation.node["responses"]))</article>

        """
    }

    private func parameters(_ parameters: [Node]) -> HTML {
        guard !parameters.isEmpty else { return "" }
        let rows = parameters.map { parameter in
            """
            <tr><th scope="row"><code>\(parameter["name"]?.string ?? "")</code></th>\
            <td>\(parameter["in"]?.string ?? "")\(parameter["required"]?.bool == true ? ", <em>required</em>" as HTML : "")</td>\
            <td>\(parameter["schema"].map(schemas.type) ?? "")</td>\
            <td>\(below.inline(schemas.description(of: parameter)))</td></tr>

            """ as HTML
        }
        return """
            <table><thead><tr><th scope="col">Parameter</th><th scope="col">Where</th><th scope="col">Type</th>\
            <th scope="col">Meaning</th></tr></thead>
            <tbody>\(rows)</tbody></table>

            """
    }

    private func body(_ body: Node?) -> HTML {
        guard let json = body.map(document.resolve)?["content"]?["application/json"] else { return "" }
        let examples =
            [json["example"]].compactMap(\.self)
            + document.members(of: json["examples"])
            .compactMap { document.resolve($0.node)["value"] }
        let blocks = examples.map { "<pre tabindex=\"0\"><code>\(ExampleJSON.text($0))</code></pre>\n" as HTML }
        return "<h4>Body</h4>\n<p>\(json["schema"].map(schemas.type) ?? "")</p>\n\(blocks)"
    }

    private func webhook(_ event: ContractDocument.Operation) -> HTML {
        """
        <article aria-labelledby="\(event.id)"><h3 id="\(event.id)"><code>\(event.path)</code></h3>
        \(Markdown(deeper: 3).render(event.node["description"]?.string ?? ""))</article>

        """
    }

    private func schema(_ name: String, _ node: Node) -> HTML {
        let table = schemas.table(node)
        let type: HTML = table.text.isEmpty ? "<p>\(schemas.type(node))</p>\n" : table
        let examples = (node["examples"]?.sequence ?? []).map { example in
            "<pre tabindex=\"0\"><code>\(ExampleJSON.text(example))</code></pre>\n" as HTML
        }
        return """
            <article aria-labelledby="schema-\(name)"><h3 id="schema-\(name)">\(name)</h3>
            \(Markdown(deeper: 3).render(node["description"]?.string ?? ""))\(type)\(examples)</article>

            """
    }
}
