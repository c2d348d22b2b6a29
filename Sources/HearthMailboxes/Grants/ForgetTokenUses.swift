package import Foundation
import HearthCore
package import Postgres

/// Removes token use counts that are older than the retention of the audit.
package struct ForgetTokenUses: PeriodicTask {
    let database: Database
    /// Seconds.
    let retention: TimeInterval
    let now: @Sendable () -> Date

    package init(database: Database, retention: TimeInterval, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.retention = retention
        self.now = now
    }

    package static let name = "forget_token_uses"
    package static let period: TimeInterval = 600
    package static let runsInQuarantine = true

    package func run() async throws {
        let limit = now().addingTimeInterval(-retention)
        let tenants: [Int64] = try await database.read(
            "SELECT DISTINCT tenant_id FROM token_uses WHERE hour < \(limit)"
        ).map { try $0["tenant_id"] }
        for tenant in tenants { _ = try await database.write(GrantTable.forgetUses(of: tenant, before: limit)) }
    }
}
