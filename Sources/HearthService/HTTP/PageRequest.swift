import HTTPTypes
import Hummingbird
import StrictJSON

/// Which page of a list is asked for: at most `limit` elements behind the one that the cursor names.
///
/// A cursor is opaque to callers and says no more than the key of the last element, so pages neither skip nor repeat
/// what stays while a list changes.
struct PageRequest: Sendable, Equatable {
    let limit: Int
    /// The key of the last element of the page before; 0 at the beginning.
    let after: Int64

    /// Reads `limit` and `cursor`.
    init(_ fields: inout Fields, standard: Int = 50, most: Int = 200) {
        limit = fields.integer("limit", in: 1...most) ?? standard
        let cursor = fields.string("cursor", length: 1...64)
        after = cursor.flatMap(Self.key) ?? 0
        if cursor != nil, after == 0 { fields.problem("cursor", "must be the next_cursor of an earlier answer") }
    }

    static func cursor(_ key: Int64) -> String { Base64URL.encode(Array(String(key).utf8)) }

    private static func key(_ cursor: String) -> Int64? {
        guard let bytes = Base64URL.decode(cursor), let key = Int64(String(decoding: bytes, as: UTF8.self)), key > 0
        else { return nil }
        return key
    }
}

/// A page of a list, with the way to the next one.
struct Page<Element: Sendable>: Sendable {
    let elements: [Element]
    /// Nil on the last page.
    let nextCursor: String?

    /// - Parameter found: one element more than the page holds, if there are more.
    init(_ found: [Element], of request: PageRequest, key: (Element) -> Int64) {
        elements = Array(found.prefix(request.limit))
        nextCursor = found.count > request.limit ? elements.last.map { PageRequest.cursor(key($0)) } : nil
    }

    /// `next_cursor`, to stand beside `data`.
    var members: [(String, JSONValue)] { [("next_cursor", nextCursor.map(JSONValue.string) ?? .null)] }

    /// RFC 8288: `Link: <...>; rel="next"`, relative to the address that was called.
    ///
    /// - Parameter query: what was asked for besides the cursor.
    func headers(path: String, query: [(String, String)]) -> HTTPFields {
        guard let nextCursor, let link = HTTPField.Name("Link") else { return [:] }
        return [link: "<\(path)?\(FormEncoding.encode(query + [("cursor", nextCursor)]))>; rel=\"next\""]
    }
}
