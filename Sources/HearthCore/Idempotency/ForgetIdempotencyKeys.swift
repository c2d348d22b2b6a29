package import Foundation
package import Logging
package import Postgres

/// Removes answers whose 24 hours are over, tenant by tenant.
package struct ForgetIdempotencyKeys: PeriodicWorker {
    let database: Database
    let now: @Sendable () -> Date
    package let logger: Logger

    package init(database: Database, now: @escaping @Sendable () -> Date, logger: Logger) {
        self.database = database
        self.now = now
        self.logger = logger
    }

    package static let pause = Duration.seconds(600)
    package static let failure: Logger.Message = "Old idempotency keys were not removed"

    /// So many a statement: after a day away there is more than one could remove in its time.
    package static let batch = 2_000

    package func round() async throws {
        let now = now()
        let tenants: [Int64] = try await database.read(
            "SELECT DISTINCT tenant_id FROM idempotency_keys WHERE expires_at <= \(now) ORDER BY tenant_id"
        ).map { try $0["tenant_id"] }
        for tenant in tenants {
            while try await database.write(
                """
                DELETE FROM idempotency_keys WHERE tenant_id = \(tenant) AND expires_at <= \(now) AND key = ANY(ARRAY(
                    SELECT key FROM idempotency_keys WHERE tenant_id = \(tenant) AND expires_at <= \(now)
                    LIMIT \(Self.batch)))
                """
            ).affected > 0 {}
        }
    }
}
