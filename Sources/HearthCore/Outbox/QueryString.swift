import HearthWeb
import StrictJSON

/// The contract's form of `meta` in a webhook: a query string (section 9). A string is passed on as it is; of an
/// object each member becomes a pair, with nested values as JSON.
struct QueryString {
    let text: String

    /// - Parameter meta: JSON that was stored, so it parses.
    init?(meta: String) {
        // The brackets, without which a text or a number would be no document, are a level more than was taken.
        let parser = JSONParser(maximumDepth: JSONParser().maximumDepth + 1)
        guard let value = try? parser.parse(Array("[\(meta)]".utf8)).value.asArray?.first else { return nil }
        switch value {
        case .null: return nil
        case .string(let string): text = string
        case .object(let object):
            text = object.map { "\(FormEncoding.escape($0.name))=\(FormEncoding.escape(Self.plain($0.value)))" }.joined(
                separator: "&")
        default: text = FormEncoding.escape(Self.plain(value))
        }
    }

    private static func plain(_ value: JSONValue) -> String {
        switch value {
        case .string(let string): string
        case .null: ""
        default: String(decoding: JSONWriter.bytes(of: value), as: UTF8.self)
        }
    }
}
