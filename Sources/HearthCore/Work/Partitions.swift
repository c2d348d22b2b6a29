package import Foundation
package import Postgres

/// Creates the monthly partitions in advance: for this month and the next two. Every process does so at its start, and one
/// process of the cluster daily.
package struct Partitions: PeriodicTask {
    let database: Database
    let now: @Sendable () -> Date

    package init(database: Database, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    package static let name = "partitions"
    package static let period: TimeInterval = 86_400
    package static let runsInQuarantine = true
    private static let tables = ["events", "webhook_attempts"]

    package func ensure() async throws {
        let calendar = Calendar(identifier: .gregorian)
        for month in 0...2 {
            guard let instant = calendar.date(byAdding: .month, value: month, to: now()) else { continue }
            for table in Self.tables {
                _ = try await database.write("SELECT ensure_month_partition(\(table), \(instant))")
            }
        }
    }

    package func run() async throws { try await ensure() }
}
