import Foundation
import Postgres

/// The only statements that write `audit_entries`.
extension AuditEntry {
    /// Inserts an entry with the position of the tenant's last event.
    static func insertion(
        of content: AuditContent, id: UUID, tenant: Int64, salt: [UInt8], digest: [UInt8], seal: [UInt8], at now: Date
    ) -> SQL {
        """
        INSERT INTO audit_entries (tenant_id, entry_id, occurred_at, feed_position, actor, action, subject, source,
            request_id, outcome, salt, digest, seal)
        SELECT \(tenant), \(id), \(now), coalesce(max(position), 0), \(content.actor), \(content.action),
            \(content.subject), \(content.source), \(content.requestID), \(content.outcome), \(salt), \(digest), \(seal)
        FROM tenant_feeds WHERE tenant_id = \(tenant)
        """
    }

    /// Adds an entry to the chain.
    static func chain(_ id: UUID, of tenant: Int64, at position: Int64, link: [UInt8]) -> SQL {
        """
        UPDATE audit_entries SET position = \(position), link = \(link), seal = NULL
        WHERE tenant_id = \(tenant) AND entry_id = \(id)
        """
    }

    /// Marks rows that this service did not write.
    static func setAside(_ ids: [UUID], of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE audit_entries SET position = NULL, link = NULL, seal = NULL, refused_at = \(now)
        WHERE tenant_id = \(tenant) AND entry_id = ANY(\(ids.map(\.uuidString))::uuid[])
        """
    }

    /// Erases the content, keeps digest and link, and stores the proof that this service erased it.
    static func erase(_ id: UUID, of tenant: Int64, proof: [UInt8], at now: Date) -> SQL {
        """
        UPDATE audit_entries SET actor = NULL, action = NULL, subject = NULL, source = NULL, request_id = NULL,
            outcome = NULL, salt = NULL, erased_at = \(now), erasure = \(proof)
        WHERE tenant_id = \(tenant) AND entry_id = \(id)
        """
    }

    /// Removes the oldest entries of the chain.
    static func remove(upTo position: Int64, of tenant: Int64) -> SQL {
        "DELETE FROM audit_entries WHERE tenant_id = \(tenant) AND position <= \(position)"
    }
}
