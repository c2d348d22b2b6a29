/// When the subscription and the sweeps of a watched mailbox are due. Times are in seconds.
package enum WatchSchedule {
    /// The requested life of a subscription. Microsoft allows 10,070 minutes; older services only 4,230.
    package static let life = 4_200 * 60.0
    /// A subscription is renewed when less than this share of its life is left.
    package static let renewalShare = 0.5
    /// The pause between two sweeps of a mailbox that has been quiet.
    package static let quiet = 86_400.0
    /// The pause before the sweep that follows activity, which finds what the notifications of that activity have missed.
    package static let afterActivity = 300.0
    /// The longest delay of a notification that Microsoft publishes for messages. What a sweep finds later was missed by the
    /// subscription. Source: "Change notifications for Outlook resources", latency, at Microsoft Learn.
    package static let notificationDelay = 180.0

    /// After faults that pass.
    package static let retries = RetryLadder(pauses: [10, 60, 300, 900, 3_600])
}
