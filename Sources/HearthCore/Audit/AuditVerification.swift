import Foundation
import HearthRules
import HearthWeb
package import Postgres

/// Verifies a tenant's whole audit in one snapshot and reports tampering.
package struct AuditVerification: Sendable {
    let database: Database
    let keyRing: KeyRing

    package init(database: Database, keyRing: KeyRing) {
        self.database = database
        self.keyRing = keyRing
    }

    private static let page = 1_000
    private static let mostProblems = 20

    package struct Finding: Sendable {
        package let tenantID: Int64
        package var verified = 0
        package var erased = 0
        package var unchained = 0
        /// Rows that were set aside because they were altered or not written by this service.
        package var refused = 0
        package var cut: Int64 = 0
        package var position: Int64 = 0
        package var link: [UInt8] = []
        /// The first problems found, 20 at most.
        package private(set) var problems: [String] = []

        package init(
            tenantID: Int64, cut: Int64 = 0, position: Int64 = 0, link: [UInt8] = [], problems: [String] = []
        ) {
            self.tenantID = tenantID
            self.cut = cut
            self.position = position
            self.link = link
            self.problems = problems
        }

        package mutating func report(_ problem: String) {
            if problems.count < mostProblems { problems.append(problem) }
        }
    }

    /// An earlier end of the chain, kept outside the database. Comparing with it detects a database that was reset as a whole
    /// to an older state.
    package struct Anchor: Sendable {
        package let position: Int64
        package let link: [UInt8]

        package init(position: Int64, link: [UInt8]) {
            self.position = position
            self.link = link
        }
    }

    /// Verifies all tenants, including those that only exist in the audit tables: an erased tenant leaves no audit rows behind.
    package func verifyAll() async throws -> [Finding] {
        let rows = try await database.read(
            """
            SELECT tenant_id FROM tenants UNION SELECT tenant_id FROM audit_chains
            UNION SELECT tenant_id FROM audit_entries ORDER BY tenant_id
            """)
        var findings: [Finding] = []
        for row in rows { findings.append(try await verify(try row["tenant_id"])) }
        return findings
    }

    package func verify(_ tenant: Int64, anchor: Anchor? = nil) async throws -> Finding {
        try await database.transaction { [keyRing] transaction in
            let head = try transaction.query(all: [
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", AuditHead.read(tenant),
            ])[1].first
            var finding = Finding(tenantID: tenant)
            guard let head else {
                finding.report("the chain itself is missing")
                return finding
            }
            guard let head = try? AuditHead(row: head, keyRing: keyRing) else {
                finding.report("the key of the chain cannot be decrypted")
                return finding
            }
            (finding.cut, finding.position, finding.link) = (head.cut, head.position, head.link)
            if !head.isAuthentic { finding.report("the ends of the chain are not authentic") }
            try Self.walk(head, anchor: anchor, into: &finding, in: &transaction)
            try Self.lookAtUnchained(keyRing, into: &finding, in: &transaction)
            return finding
        }
    }

    private static func walk(
        _ head: AuditHead, anchor: Anchor?, into finding: inout Finding, in transaction: inout Transaction
    ) throws {
        var walk = AuditWalk(from: head)
        // Starts at the very beginning, to find entries that were cut off but are present again.
        var after: Int64 = 0
        var isAnchored = anchor == nil || (anchor?.position == head.cut && anchor?.link == head.cutLink)
        while true {
            let rows = try transaction.query(
                """
                SELECT \(unescaped: AuditEntry.columns) FROM audit_entries e
                WHERE e.tenant_id = \(finding.tenantID) AND e.position > \(after)
                ORDER BY e.position LIMIT \(page)
                """)
            for row in rows {
                after = try row["position"]
                guard let entry = try? AuditEntry(row: row) else {
                    finding.report("entry \(after) cannot be read")
                    continue
                }
                if let problem = walk.step(entry) { finding.report(problem) }
                if let anchor, entry.position == anchor.position, entry.link == anchor.link { isAnchored = true }
            }
            if rows.count < page { break }
        }
        (finding.verified, finding.erased) = (walk.verified, walk.erased)
        if walk.position < head.position {
            finding.report("entries \(walk.position + 1) to \(head.position) are missing")
        } else if walk.position > head.position {
            finding.report("entries \(head.position + 1) to \(walk.position) are beyond the end of the chain")
        } else if walk.link != head.link {
            finding.report("the end of the chain does not match its last entry")
        }
        if !isAnchored, anchor.map({ $0.position >= head.cut }) ?? false {
            finding.report("the chain does not contain the given anchor")
        }
    }

    private static func lookAtUnchained(
        _ keyRing: KeyRing, into finding: inout Finding, in transaction: inout Transaction
    ) throws {
        var after = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        while true {
            let rows = try transaction.query(
                """
                SELECT \(unescaped: AuditEntry.columns) FROM audit_entries e
                WHERE e.tenant_id = \(finding.tenantID) AND e.position IS NULL AND e.entry_id > \(after)
                ORDER BY e.entry_id LIMIT \(page)
                """)
            for row in rows {
                after = try row["entry_id"]
                let entry = try? AuditEntry(row: row)
                let time = entry.map { RFC3339.format($0.occurredAt) } ?? "a time that cannot be read"
                let mark: String? = try row[nullable: "refused_at"]
                if mark != nil {
                    finding.refused += 1
                    finding.report("an entry of \(time) was set aside: it was altered or not written by this service")
                } else {
                    finding.unchained += 1
                    guard entry?.isOurs(keyRing) != true else { continue }
                    finding.report(
                        "an entry of \(time) that is not chained yet was altered or not written by this service")
                }
            }
            if rows.count < page { return }
        }
    }
}

/// Walks along a chain and verifies every entry: its position, its link, and its content or the proof of its erasure.
struct AuditWalk {
    let chain: AuditChain
    private(set) var position: Int64
    private(set) var link: [UInt8]
    private(set) var verified = 0
    private(set) var erased = 0

    init(from head: AuditHead) {
        chain = head.chain
        position = head.cut
        link = head.cutLink
    }

    /// - Returns: the problem of the entry; nil if it is valid.
    mutating func step(_ entry: AuditEntry) -> String? {
        guard let found = entry.position, let foundLink = entry.link else { return "an entry is not chained" }
        let expected = position + 1
        // Continue after an invalid entry, so that every problem is reported once.
        let previous = link
        (position, link) = (found, foundLink)
        guard found == expected else {
            return found > expected
                ? "entries \(expected) to \(found - 1) are missing"
                : "entry \(found) is present although it was cut off"
        }
        guard isEqualInConstantTime(foundLink, chain.link(of: entry, at: found, after: previous)) else {
            return "entry \(found) does not match its link in the chain"
        }
        if let erasedAt = entry.erasedAt {
            guard let erasure = entry.erasure, entry.content == AuditContent(), entry.salt == nil,
                isEqualInConstantTime(erasure, chain.erasure(found, digest: entry.digest, at: erasedAt))
            else { return "entry \(found) is marked as erased, but its erasure is not authentic" }
            erased += 1
        } else if !entry.hasItsContent {
            return "the content of entry \(found) was altered"
        }
        verified += 1
        return nil
    }
}
