package import Foundation
package import Postgres

/// Removes answers that expired after 24 hours, tenant by tenant.
package struct ForgetIdempotencyKeys: PeriodicTask {
    let database: Database
    let now: @Sendable () -> Date

    package init(database: Database, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    package static let name = "forget_idempotency_keys"
    package static let period: TimeInterval = 600

    /// Rows per statement. After a day's outage there are more than one statement could remove before its timeout.
    package static let batch = 2_000

    package func run() async throws {
        let now = now()
        let tenants: [Int64] = try await database.read(
            "SELECT DISTINCT tenant_id FROM idempotency_keys WHERE expires_at <= \(now) ORDER BY tenant_id"
        ).map { try $0["tenant_id"] }
        for tenant in tenants {
            while try await database.write(
                IdempotencyStore.removeExpired(of: tenant, limit: Self.batch, at: now)
            ).affected > 0 {}
        }
    }
}
