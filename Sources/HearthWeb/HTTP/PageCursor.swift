import HearthRules
import StrictJSON

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
