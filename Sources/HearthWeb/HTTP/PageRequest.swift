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
