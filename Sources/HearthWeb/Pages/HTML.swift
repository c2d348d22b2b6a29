/// A piece of HTML. Values interpolated into a literal are escaped, so that no text can become markup:
/// `"<p>\(words)</p>"`.
package struct HTML: ExpressibleByStringInterpolation, Sendable {
    package let text: String

    package init(text: String) { self.text = text }
    package init(stringLiteral value: String) { text = value }
    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text: String

        package init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }
        package mutating func appendInterpolation(_ words: some StringProtocol) { text += HTML.escaped(words) }
        package mutating func appendInterpolation(_ html: HTML) { text += html.text }
        package mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { text += part.text } }
    }

    /// Escapes for use in text and in quoted attributes.
    package static func escaped(_ words: some StringProtocol) -> String {
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

    package static func + (left: HTML, right: HTML) -> HTML { HTML(text: left.text + right.text) }
}

extension Sequence where Element == HTML {
    package func joined(separator: HTML = "") -> HTML { HTML(text: map(\.text).joined(separator: separator.text)) }
}
