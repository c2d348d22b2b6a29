import Mustache

/// Mustache templates whose values are escaped scalar by scalar.
///
/// The library's own escaping goes by `Character`, so that a quotation mark with a combining accent behind it is no
/// quotation mark and passes as it is: `"\u{301} onfocus=…` would leave an attribute. A partial falls back to that
/// escaping, so every template, partials included, begins by naming ours.
package struct HTMLTemplates: Sendable {
    private let library: MustacheLibrary

    /// - Throws: when a template does not parse.
    package init(_ texts: [String: String]) throws {
        MustacheContentTypes.register(ScalarHTML(), named: Self.contentType)
        var library = MustacheLibrary()
        for (name, text) in texts {
            try library.register("{{% CONTENT_TYPE:\(Self.contentType)}}\(text)", named: name)
        }
        self.library = library
    }

    private static let contentType = "hearth-html"

    /// - Throws: when there is no such template.
    package func render(_ name: String, _ content: [String: Any]) throws -> String {
        guard let text = library.render(content, withTemplate: name) else { throw NoTemplate(name: name) }
        return text
    }

    struct NoTemplate: Error { let name: String }
}

private struct ScalarHTML: MustacheContentType {
    func escapeText(_ text: String) -> String { HTML.escaped(text) }
}
