/// How much of a mailbox's mail is kept.
package enum ContentPolicy: String, Sendable, CaseIterable {
    /// Only facts: ids, times, and which message of the partner an arrival belongs to.
    case none
    /// Also sender and subject.
    case metadata
}

/// The folders of a mailbox that are watched, by Microsoft's well-known names. Display names depend on the owner's language.
package enum WatchedFolder: String, Sendable, CaseIterable {
    case inbox
    case junk = "junkemail"
    case sent = "sentitems"
}
