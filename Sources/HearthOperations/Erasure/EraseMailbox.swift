import Foundation
import HearthCore
import Postgres

/// Erases a mailbox with everything that was made for it or refers to it, in one commit with the receipt.
///
/// Rows about something else that mention it (an event about several mailboxes, a running job) are kept without the
/// mention. Microsoft is not informed, because it has no call for that.
struct EraseMailbox: Sendable {
    let database: Database
    let keyRing: KeyRing
    let ids: IDSource
    let now: @Sendable () -> Date

    /// - Parameter entry: creates the audit entry of the erasure, given the id of the receipt.
    /// - Returns: nil if there is no such mailbox.
    func run(
        _ mailbox: Int64, of tenant: Int64, cause: ErasureReceipt.Cause,
        noting entry: (Int64) async throws -> AuditInsertion
    ) async throws -> ErasureReceipt? {
        let id = try await ids.next()
        let now = now()
        let tables = try await TenantTables(database).tables
        let keyRing = keyRing
        let entry = try await entry(id)
        return try await database.transaction { transaction in
            guard let traces = try MailboxTraces.lock(mailbox, of: tenant, in: &transaction) else { return nil }
            var step = MailboxErasure(
                traces: traces,
                receipt: ErasureReceipt(
                    id: id, tenantID: tenant, subject: .mailbox, subjectID: mailbox, cause: cause))
            try step.forgetEvents(in: &transaction)
            try step.forgetAnswers(keyRing, in: &transaction)
            try step.forgetJobs(in: &transaction)
            try step.forgetOthers(tables, in: &transaction)
            try step.forgetMailbox(in: &transaction)
            step.receipt.count(
                try EraseAudit.erase(traces.orderingKeys, of: tenant, keyRing, at: now, in: &transaction),
                of: "audit_entries")
            transaction.audit(entry)
            transaction.write(step.receipt.insertion(beganAt: now, finishedAt: now))
            return step.receipt
        }
    }
}
