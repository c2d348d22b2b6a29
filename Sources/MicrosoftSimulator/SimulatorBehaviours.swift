/// Switches for behaviour in which Microsoft's responses vary over time, or sources disagree.
package struct SimulatorBehaviours: Sendable, Equatable {
    package enum Rotation: String, Sendable, CaseIterable {
        /// A refresh returns a new refresh token and the old one stays valid: Microsoft's documented rule.
        case lenient
        /// A token that was used once, and every earlier one of its grant, is refused as `invalid_grant`. This is decided when
        /// it is used again, so the switch also applies to tokens rotated before.
        case strict
    }

    package enum Separators: String, Sendable, CaseIterable {
        case alternating, lines, spaces
    }

    package var rotation = Rotation.lenient
    /// How long an unused refresh token stays valid, in days; each refresh restarts the period.
    package var refreshTokenDays = 90
    /// Whether a refresh returns an id_token, as Microsoft does. Signing is most of a refresh's cost, so a load test may turn
    /// it off.
    package var idTokenOnRefresh = true
    /// The separator before `Trace ID:` in an error description.
    package var separators = Separators.alternating
    /// Whether redirects with a query end with a stray `#`.
    package var strayFragment = false
    /// Whether `/me` of a personal account fills `mail`.
    package var personalMail = false
    /// Whether work tokens carry every scope granted so far, not only the requested ones.
    package var supersetScopes = false
    /// Seconds until an administrator's consent takes effect.
    package var adminConsentDelaySeconds = 0
    /// Requests per application and mailbox in ten minutes.
    package var mailboxRequestLimit = 10_000
    /// Concurrent requests per application and mailbox.
    package var mailboxConcurrency = 4

    // MARK: Mail

    /// Whether a draft's immutable id is that of the copy in Sent Items. Microsoft documents it; in practice the copy mostly
    /// has another id, and the draft's is not found any more.
    package var immutableIDSurvivesSending = false
    /// Seconds until the copy of a sent message appears in Sent Items.
    package var sentItemsDelaySeconds = 0
    /// Whether sent messages leave no copy in Sent Items, even if the call asks for one.
    package var savesNoSentCopies = false
    /// Seconds until a sent message arrives in other mailboxes.
    package var deliveryDelaySeconds = 0
    /// Whether recipients get another Message-ID than the sender's copy shows.
    package var replacesMessageID = false
    package var expiredDelta = DeltaExpiry.syncStateNotFound
    /// Whether every round of a delta begins with an empty page that has a `nextLink`.
    package var deltaEmptyPages = false
    /// How many earlier changes of the mailbox every round of a delta lists once more.
    package var deltaRepeats = 0

    /// Recipients of one mailbox in 24 hours; more are refused.
    package var dailyRecipientLimit = 10_000
    /// Messages of one mailbox in a minute; more are delayed.
    package var messagesPerMinute = 30
    /// Whether mail to an address that no organisation of the simulator knows, in a domain of one, comes back (5.1.10).
    package var bouncesUnknownRecipients = false

    // MARK: Notifications

    /// Whether `Mail.ReadWrite` suffices for a subscription, without `Mail.Read`.
    package var readWriteSubscribes = true
    /// Whether the creation of a message is notified as an update, too, with nothing changed.
    package var updatesFollowCreations = false
    /// Whether notifications stop when the access token that created or renewed the subscription has expired.
    package var notificationsNeedToken = false
    /// How long a receiver of notifications may take to answer, in milliseconds of real time.
    package var webhookDeadlineMilliseconds = 10_000

    package init() {}
}
