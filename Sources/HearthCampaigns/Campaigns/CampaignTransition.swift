package import Foundation
package import HearthCore
import HearthMailboxes
package import HearthRules
package import Postgres

/// One transition of a campaign with everything that belongs to it: version, history row, event and daily pool. It is sent
/// in one pipeline with the COMMIT; the database refuses the commit if any part is missing.
package struct CampaignTransition {
    package let before: Campaign
    package let command: CampaignCommand
    package let event: CampaignEvent
    let caller: Caller
    /// Why it happened, for people; nil if the caller requested it.
    package let reason: String?
    let now: Date
    /// The campaign after the transition.
    package private(set) var result: Campaign

    package init(
        campaign: Campaign, command: CampaignCommand, to status: CampaignStatus, event: CampaignEvent, caller: Caller,
        reason: String? = nil, consentID: Int64? = nil, at now: Date
    ) {
        before = campaign
        self.command = command
        self.event = event
        self.caller = caller
        self.reason = reason
        self.now = now
        result = campaign
        result.status = status
        result.version += 1
        result.eventSequence += 1
        result.updatedAt = now
        if let consentID { result.consentID = consentID }
        // A consent creates a new grant, so the problem of the former one is gone.
        if command == .consent || command == .reconnect { result.connectionProblem = nil }
    }

    package func write(to transaction: inout Transaction) {
        transaction.write(
            CampaignTable.move(
                to: result, of: caller.tenantID, stallsAt: stall, keepsStall: command == .reconnect))
        rescheduleGrant(in: &transaction)
        reservePool(in: &transaction)
        Outbox.append(
            OutboxEvent(
                event, of: result, previousStatus: before.status, at: now),
            recording: CampaignRecord(
                campaignID: before.id, version: result.version, from: before.status.rawValue, command: command,
                to: result.status, caller: caller, reason: reason),
            tenant: caller.tenantID, in: &transaction)
    }

    /// A new consent restarts the partner's one-day deadline; a reconnect does not.
    private var stall: Date? {
        result.status == .pending ? now.addingTimeInterval(CampaignStall.patience) : nil
    }

    /// Reschedules the grant, which is checked daily while in use and refreshed monthly while idle.
    private func rescheduleGrant(in transaction: inout Transaction) {
        guard before.status != result.status, result.status == .active || result.status == .paused, command != .fault
        else { return }
        let due = GrantSchedule.standard.next(result.status == .active ? .active : .idle, after: now, random: 0)
        transaction.write(GrantTable.schedule(of: before.mailboxID, tenant: caller.tenantID, dueAt: due))
    }

    /// Updates the reservation, which an active campaign holds for its daily e-mails. The pool's CHECK constraint refuses a
    /// start that would exceed it.
    private func reservePool(in transaction: inout Transaction) {
        let held = before.status == .active ? before.settings.emailPerDay : 0
        let holds = result.status == .active ? result.settings.emailPerDay : 0
        guard held != holds else { return }
        transaction.write(TenantStore.reserve(holds - held, of: caller.tenantID))
    }
}
