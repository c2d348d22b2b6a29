import Foundation
import Logging
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import HearthCore

/// The audit on a real database with a fixed clock: the order of the chain, and cutting off its oldest entries.
@Suite("The audit", .timeLimit(.minutes(2)))
struct AuditTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000.123_456)
    private static let day: TimeInterval = 86_400

    private struct Fixture {
        let database: Database
        let recorder: AuditRecorder
        let verification: AuditVerification
        let chain: ChainAudit

        func write(_ actions: String..., at time: Date) async throws {
            for action in actions {
                let content = AuditContent(actor: "hearth", action: action, subject: "mailbox:7", outcome: nil)
                _ = try await database.write(try recorder.insertion(of: content, tenant: 1, at: time).statement)
            }
        }

        func actions() async throws -> [String] {
            try await database.read(
                "SELECT action FROM audit_entries WHERE tenant_id = 1 AND position IS NOT NULL ORDER BY position"
            ).map { try $0["action"] }
        }

        func problems() async throws -> [String] { try await verification.verify(1).problems }
    }

    private func withAudit(at now: Date = start, _ body: @escaping (Fixture) async throws -> Void) async throws {
        let keyRing = try KeyRing("k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
        let counter = Mutex(UInt8(0))
        let recorder = AuditRecorder(keyRing: keyRing) { count in
            counter.withLock { next in
                next &+= 1
                return [UInt8](repeating: next, count: count)
            }
        }
        try await TestDatabase.migrated { test in
            try await test.connected { database in
                let chain = try AuditHead.insertion(tenant: 1, recorder)
                try await database.transaction { transaction in
                    transaction.write(
                        "INSERT INTO tenants (tenant_id, name, created_at) VALUES (1, 'T', \(Self.start))")
                    transaction.write("INSERT INTO tenant_feeds (tenant_id) VALUES (1)")
                    transaction.write(chain)
                }
                try await body(
                    Fixture(
                        database: database, recorder: recorder,
                        verification: AuditVerification(database: database, keyRing: keyRing),
                        chain: ChainAudit(
                            database: database, keyRing: keyRing, retention: 30 * Self.day, now: { now },
                            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))))
            }
        }
    }

    @Test("entries are chained in the order of the feed, and in one feed position by time")
    func order() async throws {
        try await withAudit { audit in
            _ = try await audit.database.write("UPDATE tenant_feeds SET position = 9 WHERE tenant_id = 1")
            try await audit.write("late", at: Self.start)
            _ = try await audit.database.write("UPDATE tenant_feeds SET position = 8 WHERE tenant_id = 1")
            try await audit.write("second", at: Self.start.addingTimeInterval(2))
            try await audit.write("first", at: Self.start.addingTimeInterval(1))
            #expect(try await audit.verification.verify(1).unchained == 3)
            #expect(try await audit.chain.chain(tenant: 1) == ChainAudit.Slice(chained: 3))
            #expect(try await audit.chain.chain(tenant: 1) == ChainAudit.Slice())
            #expect(try await audit.actions() == ["first", "second", "late"])
            let finding = try await audit.verification.verify(1)
            #expect(finding.problems.isEmpty && finding.verified == 3 && finding.unchained == 0)
        }
    }

    @Test("the front is cut when its time is over, and leaves a checkpoint that cannot be forged")
    func cut() async throws {
        try await withAudit(at: Self.start.addingTimeInterval(31 * Self.day)) { audit in
            try await audit.write("a", "b", at: Self.start)
            try await audit.write("c", "d", at: Self.start.addingTimeInterval(2 * Self.day))
            try await audit.chain.chainAll()
            try await audit.chain.cutAll()
            #expect(try await audit.actions() == ["c", "d"])
            let finding = try await audit.verification.verify(1)
            #expect(finding.problems.isEmpty && finding.cut == 2 && finding.verified == 2 && finding.position == 4)
            // The chain continues after the cut.
            try await audit.write("e", at: Self.start.addingTimeInterval(31 * Self.day))
            try await audit.chain.chainAll()
            #expect(try await audit.problems().isEmpty)
            _ = try await audit.database.write("ALTER TABLE audit_entries DISABLE TRIGGER refuse_audit_change")
            _ = try await audit.database.write(
                "UPDATE audit_entries SET position = 2 WHERE tenant_id = 1 AND position = 5")
            #expect(try await audit.problems().contains("entry 2 is present although it was cut off"))
            _ = try await audit.database.write(
                "UPDATE audit_entries SET position = 5 WHERE tenant_id = 1 AND position = 2")
            #expect(try await audit.problems().isEmpty)
            _ = try await audit.database.write("UPDATE audit_chains SET cut = 3 WHERE tenant_id = 1")
            #expect(try await audit.problems().contains("the ends of the chain are not authentic"))
        }
    }

    @Test("a cut takes all that is old, in as many slices as it needs")
    func cutEverything() async throws {
        try await withAudit(at: Self.start.addingTimeInterval(400 * Self.day)) { audit in
            for _ in 0..<3 { try await audit.write("x", "y", at: Self.start) }
            try await audit.chain.chainAll()
            try await audit.chain.cutAll()
            let finding = try await audit.verification.verify(1)
            #expect(finding.problems.isEmpty && finding.cut == 6 && finding.position == 6 && finding.verified == 0)
        }
    }

    @Test("what was tampered with is not cut off: it stays to be seen")
    func noLaundering() async throws {
        try await withAudit(at: Self.start.addingTimeInterval(31 * Self.day)) { audit in
            try await audit.write("a", "b", "c", at: Self.start)
            try await audit.chain.chainAll()
            _ = try await audit.database.write("ALTER TABLE audit_entries DISABLE TRIGGER refuse_audit_change")
            _ = try await audit.database.write(
                "UPDATE audit_entries SET actor = 'me' WHERE tenant_id = 1 AND position = 2")
            try await audit.chain.cutAll()
            #expect(try await audit.actions().count == 3)
            #expect(try await audit.problems() == ["the content of entry 2 was altered"])
        }
    }
}
