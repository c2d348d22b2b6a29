import HearthWeb
import StrictJSON

/// The member `meta` of a webhook, which Mailivery sends as a query string (docs/contracts/mailivery.md). A string is passed on
/// unchanged; each member of an object becomes a pair, with nested values as JSON.
struct QueryString {
    let text: String

    /// - Parameter meta: stored, and therefore valid, JSON.
    init?(meta: String) {
        // The brackets, needed because a string or number alone is not a document, add a level to the accepted depth.
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
