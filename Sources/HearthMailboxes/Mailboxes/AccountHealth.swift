package import HearthRules

/// How an account's mailboxes are altogether.
package struct AccountHealth: Sendable {
    /// How many mailboxes have each badge; none where it is absent.
    package let counts: [MailboxHealth: Int]

    /// The worst badge. A mailbox that its partner has disconnected is as it should be.
    package var worst: MailboxHealth { counts.keys.filter { $0 != .disconnected }.max() ?? .healthy }
}
