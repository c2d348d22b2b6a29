import Foundation
import HearthCore
import HearthRules
import Postgres

/// Records the state of a mailbox's connection with its consequences: badge, paused campaign, events.
///
/// Transient faults and application faults are not recorded here. Each recorded change is announced once.
struct ConnectionRecord: Sendable {
    let database: Database
    let recorder: AuditRecorder
    let work: WorkSignals
    let now: @Sendable () -> Date
    let dependents: [any ConnectionDependent]

    /// The actor in history and audit.
    static let actor = "microsoft"

    /// Records that the connection does not work.
    ///
    /// A grant that is still valid is checked again until it works or ends, at intervals that grow to a day.
    ///
    /// - Parameters:
    ///   - endsGrant: whether its tokens can no longer be used and are destroyed.
    ///   - isFinal: false for an error of Graph, which counts only if Graph repeats it after
    ///     ``GrantSchedule/confirmation``. Until then, only the time of the next check changes.
    func failed(_ problem: ConnectionProblem, endsGrant: Bool, isFinal: Bool, grant: Grant) async throws {
        let now = now()
        let changed = try await database.transaction { [recorder] transaction in
            guard let found = try lock(grant, in: &transaction) else { return false }
            if !isFinal, found.problem == nil, !found.suspects(problem, at: now) {
                transaction.write(Self.suspicion(of: problem, found, grant, at: now))
                return false
            }
            if endsGrant {
                transaction.write(GrantTable.end(grant, with: problem))
            } else {
                let next = GrantSchedule.next(withProblemSince: found.problemSince ?? now, at: now)
                transaction.write(GrantTable.record(problem, of: grant, dueAt: found.isUnstarted ? nil : next))
            }
            guard found.problem != problem else { return false }
            transaction.write(MailboxTable.record(problem, of: grant.mailboxID, tenant: grant.tenantID, at: now))
            let caller = Caller(tenantID: grant.tenantID, actor: Self.actor, requestID: nil)
            let loss = LostConnection(
                mailboxID: grant.mailboxID, problem: problem, isNews: found.problem == nil, caller: caller, now: now)
            try found.dependents.lost(loss, in: &transaction)
            if loss.isNews {
                Outbox.append(
                    OutboxEvent(
                        .disconnected, of: grant.mailboxID, address: found.address, problem: problem,
                        partnerData: found.partnerData, at: now),
                    tenant: grant.tenantID, in: &transaction)
            }
            try caller.note(
                "mailbox.disconnected", "mailbox:\(grant.mailboxID)", outcome: problem.rawValue, recorder, at: now,
                in: &transaction)
            return true
        }
        if changed { work.eventCommitted() }
    }

    /// Records a first report, or one that follows it too soon. The grant of a campaign that was never started is not checked
    /// periodically, so its due time, at which it expires, does not change.
    private static func suspicion(
        of problem: ConnectionProblem, _ found: Found, _ grant: Grant, at now: Date
    ) -> SQL {
        let since = found.suspicion == problem ? found.suspectedAt ?? now : now
        return GrantTable.suspect(
            problem, of: grant, since: since,
            dueAt: found.isUnstarted ? nil : since.addingTimeInterval(GrantSchedule.confirmation))
    }

    /// Records that the connection works, and clears its problem.
    func succeeded(_ grant: Grant) async throws {
        let now = now()
        if grant.suspectedAt == nil {
            let worked = try await database.write(MailboxTable.recordSuccess(of: grant, at: now))
            if worked.affected == 1 { return }
        }
        let recovered = try await database.transaction { [recorder] transaction in
            guard let found = try lock(grant, in: &transaction) else { return false }
            transaction.write(MailboxTable.clearProblem(of: grant.mailboxID, tenant: grant.tenantID, at: now))
            transaction.write(GrantTable.clearProblem(of: grant))
            guard found.problem != nil else { return false }
            try Self.recover(found, of: grant, at: now, in: &transaction)
            try Caller(tenantID: grant.tenantID, actor: Self.actor, requestID: nil).note(
                "mailbox.reconnected", "mailbox:\(grant.mailboxID)", outcome: nil, recorder, at: now, in: &transaction)
            return true
        }
        if recovered { work.eventCommitted() }
    }

    // MARK: Under lock

    private struct Found {
        let address: String
        let problem: ConnectionProblem?
        let problemSince: Date?
        let suspicion: ConnectionProblem?
        let suspectedAt: Date?
        let dependents: LockedDependents
        let partnerData: PartnerData?
        /// Whether no campaign was started with this grant yet.
        let isUnstarted: Bool

        /// Whether the same problem was reported long enough ago.
        func suspects(_ problem: ConnectionProblem, at now: Date) -> Bool {
            guard suspicion == problem, let suspectedAt else { return false }
            return suspectedAt.addingTimeInterval(GrantSchedule.confirmation) <= now
        }
    }

    /// Locks mailbox, grant and dependents, in that order. Returns nil if the mailbox no longer uses this grant, whose state
    /// then does not matter.
    private func lock(_ grant: Grant, in transaction: inout Transaction) throws -> Found? {
        let rows = try transaction.query(
            all: [
                """
                SELECT address, problem, problem_since, grant_id FROM mailboxes
                WHERE tenant_id = \(grant.tenantID) AND mailbox_id = \(grant.mailboxID) FOR UPDATE
                """,
                """
                SELECT state, suspected_problem, suspected_at FROM grants
                WHERE tenant_id = \(grant.tenantID) AND grant_id = \(grant.id) FOR UPDATE
                """,
                PartnerData.lastLink(of: grant.mailboxID, tenant: grant.tenantID),
            ] + LockedDependents.locks(dependents, on: "\(grant.mailboxID)", of: grant.tenantID))
        guard let mailbox = rows[0].first, let current = rows[1].first, try mailbox[nullable: "grant_id"] == grant.id,
            try current["state"] == GrantState.live
        else { return nil }
        let suspicion: String? = try current[nullable: "suspected_problem"]
        let problem: String? = try mailbox[nullable: "problem"]
        let locked = LockedDependents(dependents, rows.dropFirst(3))
        let use = try locked.use()
        return Found(
            address: try mailbox["address"], problem: problem.flatMap(ConnectionProblem.init),
            problemSince: try mailbox[nullable: "problem_since"], suspicion: suspicion.flatMap(ConnectionProblem.init),
            suspectedAt: try current[nullable: "suspected_at"], dependents: locked,
            partnerData: try use?.partnerData ?? rows[2].first.map(PartnerData.init),
            isUnstarted: use?.isUnstarted ?? false)
    }

    private static func recover(
        _ found: Found, of grant: Grant, at now: Date, in transaction: inout Transaction
    ) throws {
        try found.dependents.restored(
            RestoredConnection(
                tenantID: grant.tenantID, mailboxID: grant.mailboxID, cause: .recovery,
                scopes: GrantedScopes(names: grant.scopes), now: now),
            in: &transaction)
        Outbox.append(
            OutboxEvent(
                .reconnected, of: grant.mailboxID, address: found.address, problem: nil, partnerData: found.partnerData,
                at: now),
            tenant: grant.tenantID, in: &transaction)
    }
}
