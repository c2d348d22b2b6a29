import Foundation
import Postgres

/// Looks at a tenant's whole audit, in one snapshot, and names what was tampered with.
struct AuditVerification: Sendable {
    let database: Database
    let keyRing: KeyRing

    private static let page = 1_000
    private static let mostProblems = 20

    struct Finding: Sendable {
        let tenantID: Int64
        var verified = 0
        var erased = 0
        var unchained = 0
        var cut: Int64 = 0
        var position: Int64 = 0
        var link: [UInt8] = []
        var problems: [String] = []
    }

    /// An end of the chain that was noted elsewhere: with it, a database that was set back as a whole is found out.
    struct Anchor: Sendable {
        let position: Int64
        let link: [UInt8]
    }

    /// Every tenant, and whatever is in the audit of one that is not there: an erasure leaves nothing of it.
    func verifyAll() async throws -> [Finding] {
        let rows = try await database.read(
            """
            SELECT tenant_id FROM tenants UNION SELECT tenant_id FROM audit_chains
            UNION SELECT tenant_id FROM audit_entries ORDER BY tenant_id
            """)
        var findings: [Finding] = []
        for row in rows { findings.append(try await verify(try row["tenant_id"])) }
        return findings
    }

    func verify(_ tenant: Int64, anchor: Anchor? = nil) async throws -> Finding {
        try await database.transaction { [keyRing] transaction in
            let head = try transaction.query(all: [
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", AuditHead.read(tenant),
            ])[1].first
            var finding = Finding(tenantID: tenant)
            guard let head else {
                finding.problems = ["the chain itself is missing"]
                return finding
            }
            guard let head = try? AuditHead(row: head, keyRing: keyRing) else {
                finding.problems = ["the key of the chain does not open"]
                return finding
            }
            (finding.cut, finding.position, finding.link) = (head.cut, head.position, head.link)
            if !head.isAuthentic { finding.problems.append("the ends of the chain are not ours") }
            try Self.walk(head, anchor: anchor, into: &finding, in: &transaction)
            try Self.lookAtUnchained(keyRing, into: &finding, in: &transaction)
            finding.problems = Array(finding.problems.prefix(Self.mostProblems))
            return finding
        }
    }

    private static func walk(
        _ head: AuditHead, anchor: Anchor?, into finding: inout Finding, in transaction: inout Transaction
    ) throws {
        var walk = AuditWalk(from: head)
        // Cut off entries that are there again come first, so everything chained is read.
        var after: Int64 = 0
        var isAnchored = anchor == nil || (anchor?.position == head.cut && anchor?.link == head.cutLink)
        while true {
            let entries = try transaction.query(
                """
                SELECT \(unescaped: AuditEntry.columns) FROM audit_entries e
                WHERE e.tenant_id = \(finding.tenantID) AND e.position > \(after)
                ORDER BY e.position LIMIT \(page)
                """
            ).map(AuditEntry.init)
            for entry in entries {
                after = entry.position ?? after
                if let problem = walk.step(entry) { finding.problems.append(problem) }
                if let anchor, entry.position == anchor.position, entry.link == anchor.link { isAnchored = true }
            }
            if entries.count < page { break }
        }
        (finding.verified, finding.erased) = (walk.verified, walk.erased)
        if walk.position < head.position {
            finding.problems.append("entries \(walk.position + 1) to \(head.position) are missing")
        } else if walk.position > head.position {
            finding.problems.append("entries \(head.position + 1) to \(walk.position) are behind the end of the chain")
        } else if walk.link != head.link {
            finding.problems.append("the end of the chain is not its last entry")
        }
        if !isAnchored, anchor.map({ $0.position >= head.cut }) ?? false {
            finding.problems.append("the chain does not have the end that was noted")
        }
    }

    private static func lookAtUnchained(
        _ keyRing: KeyRing, into finding: inout Finding, in transaction: inout Transaction
    ) throws {
        let entries = try transaction.query(
            """
            SELECT \(unescaped: AuditEntry.columns) FROM audit_entries e
            WHERE e.tenant_id = \(finding.tenantID) AND e.position IS NULL
            """
        ).map(AuditEntry.init)
        finding.unchained = entries.count
        for entry in entries where !entry.isOurs(keyRing) {
            finding.problems.append(
                "an entry of \(RFC3339.format(entry.occurredAt)) that is not chained yet is not the one that was written"
            )
        }
    }
}
