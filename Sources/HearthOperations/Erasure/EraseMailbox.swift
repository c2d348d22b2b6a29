import Foundation
import HearthCore
import Postgres

/// Erases a mailbox with everything that was made for it or names it, in one commit with the receipt.
///
/// Rows that are about something else and name it in passing (an event about several, a running job) stay, without
/// the name. Nothing is told to Microsoft, which has no call for that.
struct EraseMailbox: Sendable {
    let database: Database
    let keyRing: KeyRing
    let ids: IDSource
    let now: @Sendable () -> Date

    /// - Parameter entry: the audit's entry of the erasure, which is named by its receipt's id.
    /// - Returns: nil when there is no such mailbox.
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
