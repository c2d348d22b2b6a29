import Mustache

/// Mustache templates that escape values scalar by scalar.
///
/// The library escapes by `Character`, so it does not recognise a quotation mark followed by a combining accent and leaves
/// it unescaped: `"\u{301} onfocus=…` would break out of an attribute. A partial falls back to that escaping, so every
/// template, including partials, starts with our content type.
package struct HTMLTemplates: Sendable {
    private let library: MustacheLibrary

    /// - Throws: if a template does not parse.
    package init(_ texts: [String: String]) throws {
        MustacheContentTypes.register(ScalarHTML(), named: Self.contentType)
        var library = MustacheLibrary()
        for (name, text) in texts {
            try library.register("{{% CONTENT_TYPE:\(Self.contentType)}}\(text)", named: name)
        }
        self.library = library
    }

    private static let contentType = "hearth-html"

    /// - Throws: if there is no such template.
    package func render(_ name: String, _ content: [String: Any]) throws -> String {
        guard let text = library.render(content, withTemplate: name) else { throw NoTemplate(name: name) }
        return text
    }

    struct NoTemplate: Error { let name: String }
}

private struct ScalarHTML: MustacheContentType {
    func escapeText(_ text: String) -> String { HTML.escaped(text) }
}
