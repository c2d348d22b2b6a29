import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@testable import HearthCore
@testable import HearthOnboarding

@Suite("Invitations past their time", .timeLimit(.minutes(2)))
struct ExpireInvitationsTests {
    private static let keys = "k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    @Test("an owner who came back just in time goes on; without one an invitation ends")
    func justInTime() async throws {
        try await TestDatabase.migrated { test in
            try await test.connected { database in
                let ring = try KeyRing(Self.keys)
                try await SealedRows(database: database, now: Self.now).insert(tenant: 1, ring: ring)
                let worker = ExpireInvitations(
                    database: database, recorder: AuditRecorder(keyRing: ring, randomBytes: SecureRandom.bytes),
                    work: WorkSignals(database), now: { Self.now },
                    logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
                _ = try await database.write(
                    "UPDATE invitations SET expires_at = \(Self.now) WHERE tenant_id = 1 AND invitation_id = 10")
                _ = try await database.write(
                    """
                    UPDATE consents SET invitation_id = 10, status = 'redeeming', lease_no = 1,
                        lease_until = \(Self.now.addingTimeInterval(1)) WHERE tenant_id = 1 AND consent_id = 10
                    """)
                #expect(try await worker.settleSome().settled == 0)
                _ = try await database.write(
                    "UPDATE consents SET lease_until = \(Self.now) WHERE tenant_id = 1 AND consent_id = 10")
                #expect(try await worker.settleSome().settled == 1)
                let status: String? = try await database.read("SELECT status FROM invitations WHERE tenant_id = 1")
                    .scalar("status")
                #expect(status == "expired")
            }
        }
    }
}
