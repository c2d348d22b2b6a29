import Synchronization

/// Named points at which a test may kill the process, to prove that nothing is lost or duplicated there.
///
/// In production they have no effect. In development mode `HEARTH_KILL_AT=<point>:<n>` makes the process send itself SIGKILL at
/// the n-th passage.
package enum Checkpoint: String, Sendable, CaseIterable {
    case linkCreated = "campaign.created_link"
    case consentClaimed = "consent.claimed"
    case codeRedeemed = "consent.redeemed"
    case consentBeforeCommit = "consent.before_commit"
    case consentCommitted = "consent.committed"
    case commandBeforeCommit = "command.before_commit"
    case commandCommitted = "command.committed"
    case deliveryClaimed = "webhook.claimed"
    case deliverySent = "webhook.sent"
    case messageSubmitting = "message.submitting"
    case messageHandedOver = "message.handed_over"
}

/// Counts the passages of a checkpoint.
final class PassageCounter: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
