package import HearthRules

/// The overall health of an account's mailboxes.
package struct AccountHealth: Sendable {
    /// The number of mailboxes with each badge; an absent badge has none.
    package let counts: [MailboxHealth: Int]

    /// The worst badge. Disconnected mailboxes are ignored, because their partner wanted that.
    package var worst: MailboxHealth { counts.keys.filter { $0 != .disconnected }.max() ?? .healthy }
}
