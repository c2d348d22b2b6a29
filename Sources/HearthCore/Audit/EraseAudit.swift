package import Foundation
package import Postgres

/// Erases the audit entries about an object. Digests and links stay, so the chain remains valid, and a proof shows that this
/// service erased the content.
package enum EraseAudit {
    /// Erases entries by subject. Unchained entries are chained first, in the same commit, because an unchained entry without
    /// content could not be verified.
    ///
    /// - Parameter subjects: such as `mailbox:7`.
    /// - Returns: the number of erased entries.
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
