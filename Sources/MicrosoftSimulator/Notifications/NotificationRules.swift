/// How notifications of changes go wrong, for one mailbox or for all.
package struct NotificationRules: Sendable, Equatable {
    /// The probability that a notification is lost, from 0 to 1.
    package var loss = 0.0
    /// The probability that a notification is sent twice.
    package var duplication = 0.0
    /// Seconds on the simulator's clock until a notification is sent.
    package var delaySeconds = 0.0
    /// Up to so many seconds more, at random for each.
    package var delaySpreadSeconds = 0.0
    /// Whether what is sent together is shuffled.
    package var isDisordered = false
    /// Makes the chances the same in every run; nil continues the simulator's own.
    package var seed: UInt64?

    package init() {}
}

/// What became of one mailbox's changes.
package struct NotificationCounts: Sendable, Equatable {
    /// Messages that appeared in the mailbox, with or without subscriptions.
    package var createdMessages = 0
    /// Notifications of changes that a subscription asked for.
    package var caused = 0
    /// Accepted by the receiver, duplicates included.
    package var sent = 0
    package var duplicated = 0
    /// Lost by the rules.
    package var lost = 0
    /// Dropped because the subscription was silenced.
    package var silenced = 0
    /// Dropped because the access token behind the subscription had expired.
    package var unauthorized = 0
    /// Attempts that the receiver did not accept.
    package var refused = 0
    /// Given up after four hours, or because the subscription had ended.
    package var abandoned = 0

    package init() {}
}

package enum LifecycleEvent: String, Sendable, CaseIterable {
    case reauthorizationRequired, subscriptionRemoved, missed
}
