import Foundation
import HearthMailboxes
import Logging
import Postgres
import TestSupport
import Testing

@testable import HearthCore
@testable import HearthOnboarding

@Suite("Links past their time", .timeLimit(.minutes(2)))
struct ExpireConsentsTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func worker(_ database: Database) throws -> ExpireConsents {
        let ring = try KeyRing("k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
        return ExpireConsents(
            database: database, recorder: AuditRecorder(keyRing: ring, randomBytes: SecureRandom.bytes),
            work: WorkSignals(database), now: { Self.now },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    @Test("an owner who came back just in time goes on to the end")
    func justInTime() async throws {
        try await TestDatabase.migrated { test in
            try await test.connected { database in
                try await SealedRows(database: database, now: Self.now).insert(
                    tenant: 1, ring: KeyRing("k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
                let worker = try worker(database)
                // The claim is not yet committed when the worker finds the link, so the worker waits for the row's lock.
                async let claimed: Void = database.transaction { transaction in
                    _ = try transaction.query(
                        """
                        UPDATE consents SET status = 'redeeming', lease_no = 1,
                            lease_until = \(Self.now.addingTimeInterval(ConsentTable.lease))
                        WHERE tenant_id = 1 AND consent_id = 10
                        """)
                    while try transaction.query(
                        """
                        SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """
                    ).isEmpty {}
                }
                while try await database.read(
                    """
                    SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                    WHERE a.datname = current_database() AND l.locktype = 'transactionid'
                    """
                ).isEmpty {}
                #expect(try await worker.settleSome() == (found: 1, settled: 0, failed: 0))
                try await claimed
                let row = try #require(
                    try await database.read("SELECT status, lease_until FROM consents WHERE consent_id = 10").first)
                #expect(try row["status"] == "redeeming")
                #expect(try row["lease_until"] == Self.now.addingTimeInterval(ConsentTable.lease))
            }
        }
    }
}
