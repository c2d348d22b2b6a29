package import Foundation
import HearthRules
import Postgres

/// An audit entry as it is stored.
package struct AuditEntry: Sendable {
    package let id: UUID
    package let tenantID: Int64
    package let occurredAt: Date
    /// The position of the tenant's last event when the entry was written.
    let feedPosition: Int64
    package let content: AuditContent
    let salt: [UInt8]?
    package let digest: [UInt8]
    package let seal: [UInt8]?
    /// The position in the chain; nil until the entry is chained.
    package let position: Int64?
    let link: [UInt8]?
    package let erasedAt: Date?
    package let erasure: [UInt8]?
    /// When the row was set aside because this service did not write it.
    let refusedAt: Date?

    package static let columns =
        """
        e.tenant_id, e.entry_id, e.occurred_at, e.feed_position, e.actor, e.action, e.subject, e.source, e.request_id, e.outcome, e.salt,
        e.digest, e.seal, e.position, e.link, e.erased_at, e.erasure, e.refused_at
        """

    /// The place to which the seal of an entry is bound.
    package static func place(_ id: UUID, of tenant: Int64) -> KeyRing.Place {
        .init(tenant: tenant, name: id.uuidString.lowercased(), purpose: .auditEntry)
    }

    /// Whether the content matches the digest.
    var hasItsContent: Bool {
        guard let salt else { return false }
        return isEqualInConstantTime(content.digest(salt: salt, at: occurredAt), digest)
    }

    /// Whether an unchained row was written by this service, not by somebody who only has SQL access.
    package func isOurs(_ keyRing: KeyRing) -> Bool {
        guard let seal, let opened = try? keyRing.open(seal, for: Self.place(id, of: tenantID)) else { return false }
        return isEqualInConstantTime(opened, digest) && hasItsContent
    }
}

extension AuditEntry {
    init(row: Row) throws {
        self.init(
            id: try row["entry_id"], tenantID: try row["tenant_id"], occurredAt: try row["occurred_at"],
            feedPosition: try row["feed_position"],
            content: AuditContent(
                actor: try row[nullable: "actor"], action: try row[nullable: "action"],
                subject: try row[nullable: "subject"],
                source: try row[nullable: "source"], requestID: try row[nullable: "request_id"],
                outcome: try row[nullable: "outcome"]),
            salt: try row[nullable: "salt"], digest: try row["digest"], seal: try row[nullable: "seal"],
            position: try row[nullable: "position"],
            link: try row[nullable: "link"], erasedAt: try row[nullable: "erased_at"],
            erasure: try row[nullable: "erasure"],
            refusedAt: try row[nullable: "refused_at"])
    }
}
