import Foundation
import HearthRules
import Postgres

/// What follows when a mailbox's connection ends or does not work: its active campaign is paused, and partners are told.
struct LostConnection {
    let problem: ConnectionProblem
    let mailboxID: Int64
    let address: String
    let campaign: Campaign?
    /// Nil where nothing is known but the address.
    let holder: MailboxHolder?

    /// The campaign's own part first, then the mailbox's event.
    ///
    /// - Parameter isNews: false when the mailbox did not work before: then its event has been sent already.
    func write(isNews: Bool, by caller: Caller, at now: Date, in transaction: inout Transaction) throws {
        // It asks for locks of its own, which come before the lanes and the feed of the events.
        try SharedMailboxStore.fall(
            with: mailboxID, of: caller.tenantID, because: problem, isEnd: problem == .disconnected, isNews: isNews,
            at: now, in: &transaction)
        if let campaign { try pause(campaign, by: caller, at: now, in: &transaction) }
        guard isNews else { return }
        Outbox.append(
            OutboxEvent(
                .disconnected, of: mailboxID, address: address, problem: problem, holder: holder, at: now),
            tenant: caller.tenantID, in: &transaction)
    }

    private func pause(
        _ campaign: Campaign, by caller: Caller, at now: Date, in transaction: inout Transaction
    ) throws {
        var campaign = campaign
        campaign.connectionProblem = problem.rawValue
        switch try CampaignMachine(campaign.status).decide(.fault) {
        case .move(let status, let event):
            CampaignTransition(
                campaign: campaign, command: .fault, to: status, event: event, caller: caller, reason: problem.words,
                at: now
            ).write(to: &transaction)
        case .noteFault:
            transaction.write(
                """
                UPDATE campaigns SET connection_problem = \(problem.rawValue), updated_at = \(now)
                WHERE tenant_id = \(caller.tenantID) AND campaign_id = \(campaign.id)
                """)
        case .nothing: break
        }
    }
}
