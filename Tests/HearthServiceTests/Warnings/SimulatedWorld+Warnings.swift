import Foundation
import HearthRules
import HearthTesting
import Postgres

@testable import HearthCore
@testable import HearthMailboxes
@testable import HearthOperations

extension SimulatedWorld {
    /// Moves the clock to this time after the start.
    func move(days: Double, seconds: TimeInterval = 0) async throws {
        clock.move(to: Self.start.addingTimeInterval(days * 86_400 + seconds))
        try await partitions.ensure()
    }

    func teller(now: @escaping @Sendable () -> Date) -> AnnounceWarnings {
        AnnounceWarnings(database: database, work: work, now: now)
    }

    /// Announces warnings from this many processes at once.
    func tell(by processes: Int) async throws {
        let teller = teller { clock.now }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<processes { group.addTask { _ = try await teller.tellSome() } }
            try await group.waitForAll()
        }
    }

    /// Returns the types of the warnings' events with the ids of their subjects, in feed order.
    func told() async throws -> [String] {
        try await database.read(
            """
            SELECT type || ' ' || coalesce(data->>'mailbox_id', data->>'application_id') AS told FROM events
            WHERE tenant_id = 1 AND type = ANY(\(WarningCode.tenants.compactMap(\.event))) ORDER BY position
            """
        ).map { try $0["told"] }
    }

    /// Evaluates an SQL expression on the first event.
    func event<Value: PostgresDecodable>(_ expression: String) async throws -> Value? {
        try await database.read(
            "SELECT \(unescaped: expression) AS value FROM events WHERE tenant_id = 1 ORDER BY position LIMIT 1"
        ).scalar("value")
    }

    func marks() async throws -> Int {
        try await database.read("SELECT count(*) AS n FROM told_warnings WHERE tenant_id = 1").scalar("n") ?? 0
    }

    func warnings(of tenant: Int64) async throws -> [Warning] {
        try await TenantWarnings(database: database).overview(of: tenant, at: clock.now).warnings
    }

    func mailbox(_ id: Int64) async throws -> Mailbox { try await MailboxStore(database: database).find(id, of: 1) }

    /// Makes the simulator's application the tenant's own, with this expiry of its secret.
    func own(application id: Int64, secretEnds end: Date?) async throws {
        let secret = try KeyRing(Keys.first).seal(
            Array("secret".utf8), for: .init(tenant: 1, row: id, purpose: .applicationSecret))
        _ = try await database.write(
            """
            INSERT INTO microsoft_apps (tenant_id, app_id, client_id, secret, secret_expires_at, created_at)
            VALUES (1, \(id), \(Self.clientID), \(secret), \(end), \(clock.now))
            ON CONFLICT (tenant_id, app_id) DO UPDATE SET secret_expires_at = excluded.secret_expires_at
            """)
    }
}
