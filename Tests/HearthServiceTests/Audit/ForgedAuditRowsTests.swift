import Foundation
import HearthTesting
import Logging
import Postgres
import Testing

@testable import HearthCore

/// Rows that somebody else inserts into the audit are reported and do not stop the chain.
@Suite("Rows in the audit that are not ours", .timeLimit(.minutes(2)))
struct ForgedAuditRowsTests {
    private func withAudit(
        _ body: @escaping @Sendable (TestService, ChainAudit, AuditVerification) async throws -> Void
    )
        async throws
    {
        try await TestService.with { service in
            try await service.insertTenant(1)
            let dependencies = service.dependencies
            try await body(
                service,
                ChainAudit(
                    database: service.database, keyRing: dependencies.keyRing, retention: 86_400, now: dependencies.now,
                    logger: dependencies.logger),
                AuditVerification(database: service.database, keyRing: dependencies.keyRing))
        }
    }

    private func write(_ action: String, _ service: TestService) async throws {
        let content = AuditContent(actor: "hearth", action: action, subject: "mailbox:7", outcome: nil)
        _ = try await service.database.write(
            try service.dependencies.recorder.insertion(of: content, tenant: 1, at: TestService.start).statement)
    }

    private func forge(
        _ count: Int, _ service: TestService, time: String = "2000-01-01", position: String = "NULL",
        link: String = "NULL", seal: String = "'\\x01'", erasedAt: String = "NULL"
    ) async throws {
        let isErased = erasedAt != "NULL"
        _ = try await service.database.write(
            SQL(
                stringLiteral: """
                    INSERT INTO audit_entries (tenant_id, entry_id, occurred_at, feed_position, action, salt, digest, seal,
                        position, link, erased_at, erasure)
                    SELECT 1, gen_random_uuid(), '\(time)', 0, 'forged', \(isErased ? "NULL" : "decode(repeat('00', 32), 'hex')"),
                        decode(repeat('00', 32), 'hex'), \(seal), \(position), \(link), \(erasedAt),
                        \(isErased ? "decode(repeat('00', 32), 'hex')" : "NULL")
                    FROM generate_series(1, \(count)) AS n
                    """))
    }

    private static let link = "decode(repeat('00', 32), 'hex')"

    private func chainedActions(_ service: TestService) async throws -> [String] {
        try await service.database.read(
            "SELECT action FROM audit_entries WHERE tenant_id = 1 AND position IS NOT NULL ORDER BY position"
        ).map { try $0["action"] }
    }

    @Test("more of them than a slice holds, before all others, are set aside, and the rest is chained in one go")
    func many() async throws {
        try await withAudit { service, chain, verification in
            try await forge(1_200, service)
            try await write("a", service)
            try await write("b", service)
            #expect(try await chain.chainAll() == [])
            #expect(try await chainedActions(service).sorted() == ["a", "b"])
            #expect(try await chain.chain(tenant: 1) == ChainAudit.Slice())
            let finding = try await verification.verify(1)
            #expect((finding.verified, finding.unchained, finding.refused) == (2, 0, 1_200))
            #expect(finding.problems.count == 20)
            #expect(finding.problems.allSatisfy { $0.contains("was set aside: it was altered or not written by") })
        }
    }

    @Test("one behind the end of the chain does not take the place of the next")
    func behindTheEnd() async throws {
        try await withAudit { service, chain, verification in
            try await write("a", service)
            try await chain.chainAll()
            for position in ["2", "3", "9223372036854775807"] {
                try await forge(1, service, position: position, link: Self.link, seal: "NULL")
            }
            try await write("b", service)
            try await write("c", service)
            try await chain.chainAll()
            #expect(try await chainedActions(service).sorted() == ["a", "b", "c"])
            let finding = try await verification.verify(1)
            #expect((finding.verified, finding.refused, finding.problems.count) == (3, 3, 3))
        }
    }

    @Test("one that cannot be read, and one that says that it was erased, do not stop it either")
    func unreadable() async throws {
        try await withAudit { service, chain, verification in
            try await forge(1, service, time: "infinity")
            try await forge(1, service, time: "-infinity")
            try await forge(1, service, time: "4713-01-01 BC")
            try await forge(1, service, erasedAt: "'2000-01-01'")
            try await forge(1, service, time: "infinity", position: "1", link: Self.link, seal: "NULL")
            try await write("a", service)
            let before = try await verification.verify(1)
            #expect(!before.problems.isEmpty)
            try await chain.chainAll()
            #expect(try await chainedActions(service) == ["a"])
            let finding = try await verification.verify(1)
            #expect((finding.verified, finding.refused, finding.unchained) == (1, 5, 0))
        }
    }

    @Test("one that was set aside stays so, and nothing that is chained can be")
    func append() async throws {
        try await withAudit { service, chain, _ in
            try await write("a", service)
            try await forge(1, service)
            try await chain.chainAll()
            for statement: SQL in [
                "UPDATE audit_entries SET refused_at = NULL, seal = '\\x01' WHERE refused_at IS NOT NULL",
                "UPDATE audit_entries SET action = 'other' WHERE refused_at IS NOT NULL",
                "DELETE FROM audit_entries WHERE refused_at IS NOT NULL",
                """
                UPDATE audit_entries SET refused_at = occurred_at, position = NULL, link = NULL WHERE position = 1
                """,
            ] {
                let error = await #expect(throws: ServerError.self) { _ = try await service.database.write(statement) }
                #expect(error?.constraint == "audit_append_only")
            }
        }
    }

    @Test("what is to be erased is erased behind any number of them")
    func erasure() async throws {
        try await withAudit { service, _, _ in
            try await forge(600, service)
            try await write("a", service)
            let keyRing = service.dependencies.keyRing
            let erased = try await service.database.transaction { transaction in
                try EraseAudit.erase(["mailbox:7"], of: 1, keyRing, at: TestService.start, in: &transaction)
            }
            #expect(erased == 1)
        }
    }

    @Test("a chain whose end is not ours is reported and left alone")
    func brokenEnd() async throws {
        try await withAudit { service, chain, _ in
            try await write("a", service)
            try await chain.chainAll()
            _ = try await service.database.write("UPDATE audit_chains SET position = 7 WHERE tenant_id = 1")
            try await write("b", service)
            #expect(try await chain.chainAll() == [1])
            #expect(try await chainedActions(service) == ["a"])
        }
    }
}
