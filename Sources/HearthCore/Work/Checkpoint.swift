/// Named points at which the process may be killed by a test, to prove that nothing is lost or doubled there.
///
/// In operation nothing listens. `HEARTH_KILL_AT=<point>:<n>` makes the process send itself SIGKILL at the n-th passage,
/// in development mode only.
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
}
