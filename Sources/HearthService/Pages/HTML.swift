/// Text that is HTML already. What is put into a literal of it is escaped, so that no text can become markup:
/// `"<p>\(words)</p>"`.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    let text: String

    init(text: String) { self.text = text }
    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text: String

        init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ words: some StringProtocol) { text += HTML.escaped(words) }
        mutating func appendInterpolation(_ html: HTML) { text += html.text }
        mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { text += part.text } }
    }

    /// Safe in text and in quoted attributes.
    static func escaped(_ words: some StringProtocol) -> String {
        var text = ""
        for character in words.unicodeScalars {
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }

    static func + (left: HTML, right: HTML) -> HTML { HTML(text: left.text + right.text) }
}

extension Sequence where Element == HTML {
    func joined(separator: HTML = "") -> HTML { HTML(text: map(\.text).joined(separator: separator.text)) }
}
