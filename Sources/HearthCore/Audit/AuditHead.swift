import Foundation
import HearthRules
package import Postgres

/// The end of a tenant's chain, and its beginning after the oldest entries were cut off.
package struct AuditHead: Sendable {
    let chain: AuditChain
    let position: Int64
    let link: [UInt8]
    let cut: Int64
    let cutLink: [UInt8]
    /// Whether both ends as stored in the database were written by this service.
    let isAuthentic: Bool

    private static let columns = "c.tenant_id, c.key, c.position, c.link, c.head, c.cut, c.cut_link, c.checkpoint"

    /// Inserts the chain of a new tenant, in the tenant's transaction.
    package static func insertion(tenant: Int64, _ recorder: AuditRecorder) throws -> SQL {
        let key = recorder.randomBytes(AuditChain.keyLength)
        let chain = AuditChain(tenantID: tenant, key: key)
        let sealed = try recorder.keyRing.seal(key, for: AuditChain.place(of: tenant))
        return """
            INSERT INTO audit_chains (tenant_id, key, link, head, cut_link, checkpoint)
            VALUES (\(tenant), \(sealed), \(AuditChain.genesis), \(chain.head(0, AuditChain.genesis)),
                \(AuditChain.genesis), \(chain.checkpoint(0, AuditChain.genesis)))
            """
    }

    static func locked(_ tenant: Int64) -> SQL {
        "SELECT \(unescaped: columns) FROM audit_chains c WHERE c.tenant_id = \(tenant) FOR UPDATE"
    }

    static func read(_ tenant: Int64) -> SQL {
        "SELECT \(unescaped: columns) FROM audit_chains c WHERE c.tenant_id = \(tenant)"
    }

    init(row: Row, keyRing: KeyRing) throws {
        let tenant: Int64 = try row["tenant_id"]
        let sealed: [UInt8] = try row["key"]
        chain = AuditChain(tenantID: tenant, key: try keyRing.open(sealed, for: AuditChain.place(of: tenant)))
        position = try row["position"]
        link = try row["link"]
        cut = try row["cut"]
        cutLink = try row["cut_link"]
        let head: [UInt8] = try row["head"]
        let checkpoint: [UInt8] = try row["checkpoint"]
        isAuthentic =
            isEqualInConstantTime(head, chain.head(position, link))
            && isEqualInConstantTime(checkpoint, chain.checkpoint(cut, cutLink))
    }

    /// Moves the end of the chain to this position.
    func extended(to position: Int64, link: [UInt8]) -> SQL {
        """
        UPDATE audit_chains SET position = \(position), link = \(link), head = \(chain.head(position, link))
        WHERE tenant_id = \(chain.tenantID)
        """
    }

    /// Moves the beginning of the chain to just after this position.
    func cut(to position: Int64, link: [UInt8]) -> SQL {
        """
        UPDATE audit_chains SET cut = \(position), cut_link = \(link), checkpoint = \(chain.checkpoint(position, link))
        WHERE tenant_id = \(chain.tenantID)
        """
    }
}
