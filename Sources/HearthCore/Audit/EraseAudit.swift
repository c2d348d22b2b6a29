package import Foundation
package import Postgres

/// Takes away what the audit says about something, and leaves the proof that it was taken away by us: digests and links
/// stay, so the chain still holds.
package enum EraseAudit {
    /// What is not chained yet is chained first, in the same commit: afterwards nobody could tell that it was ours.
    ///
    /// - Parameter subjects: such as `mailbox:7`.
    /// - Returns: how many entries were erased.
    package static func erase(
        _ subjects: [String], of tenant: Int64, _ keyRing: KeyRing, at now: Date, in transaction: inout Transaction
    ) throws -> Int {
        while try ChainAudit.chain(tenant, keyRing, at: now, in: &transaction).hasMore {}
        let rows = try transaction.query(all: [
            AuditHead.locked(tenant),
            """
            SELECT \(unescaped: AuditEntry.columns) FROM audit_entries e
            WHERE e.tenant_id = \(tenant) AND e.position IS NOT NULL AND e.erased_at IS NULL
                AND e.subject = ANY(\(subjects))
            """,
        ])
        guard let row = rows[0].first else { return 0 }
        let chain = try AuditHead(row: row, keyRing: keyRing).chain
        let entries = try rows[1].map(AuditEntry.init)
        for entry in entries {
            let proof = chain.erasure(entry.position ?? 0, digest: entry.digest, at: now)
            transaction.write(AuditEntry.erase(entry.id, of: tenant, proof: proof, at: now))
        }
        return entries.count
    }
}
