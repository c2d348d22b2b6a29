import HearthRules
import StrictJSON

/// A request for a page: a number of elements of a list that is ordered by id, after a position.
package struct PageRequest: Sendable, Equatable {
    package enum Order: Sendable {
        case oldestFirst, newestFirst
    }

    let list: PageCursor.List
    package let order: Order
    package let limit: Int
    /// The last key of the previous page; nil for the first page.
    package let after: Int64?

    package static let limits = 1...500
    package static let defaultLimit = 100

    /// Returns nil if neither `limit` nor `cursor` is given.
    package init?(of list: PageCursor.List, order: Order = .oldestFirst, _ fields: inout Fields) {
        let limit = fields.integer("limit", in: Self.limits)
        let cursor = fields.string("cursor", length: 1...64)
        guard limit != nil || cursor != nil else { return nil }
        let place = cursor.flatMap { PageCursor($0, of: list) }
        if cursor != nil, place == nil {
            fields.problem("cursor", "must be the next_cursor of an earlier page of this list")
        }
        self.list = list
        self.order = order
        self.limit = limit ?? Self.defaultLimit
        after = place?.key
    }

    /// Creates a request for the first page, of the default length.
    package init(firstOf list: PageCursor.List, order: Order = .oldestFirst) {
        self.init(of: list, order: order, after: nil, limit: Self.defaultLimit)
    }

    /// - Parameter key: the last key of the previous page.
    package init(of list: PageCursor.List, order: Order = .oldestFirst, after key: Int64?, limit: Int) {
        self.list = list
        self.order = order
        self.limit = limit
        after = key
    }
}

/// The start of a page: after this key of the previous page. Partners return its text unchanged.
///
/// A position, not a capability: a forged cursor reveals nothing new. Still, only texts that `text` can have produced are
/// accepted, so that a mistake is reported rather than answered with an arbitrary page.
package struct PageCursor: Sendable, Equatable {
    /// The list that a cursor belongs to; it is not valid for another.
    package enum List: UInt8, Sendable {
        case campaigns = 1
        case consents = 2
        case history = 3
        case mailboxes = 4
        case invitations = 5
        case audit = 6
        case sharedMailboxes = 7
        case messages = 8
    }

    let list: List
    package let key: Int64

    private static let version: UInt8 = 1

    package init(_ list: List, after key: Int64) {
        self.list = list
        self.key = key
    }

    /// Returns nil if the text is not a cursor of the list.
    package init?(_ text: String, of list: List) {
        guard let bytes = Base64URL.decode(text), bytes.count == 10, bytes[0] == Self.version, bytes[1] == list.rawValue
        else { return nil }
        let key = bytes[2...].reduce(0) { $0 << 8 | UInt64($1) }
        guard (1...9_007_199_254_740_991).contains(key) else { return nil }
        self.init(list, after: Int64(key))
    }

    package var text: String {
        Base64URL.encode(
            [Self.version, list.rawValue] + stride(from: 56, through: 0, by: -8).map { UInt8((key >> $0) & 0xFF) })
    }
}
