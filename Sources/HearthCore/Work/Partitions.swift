package import Foundation
package import Logging
package import Postgres
import ServiceLifecycle

/// Keeps the monthly partitions ahead of time: this month's and the next two. Any replica may make them, at the start
/// and daily.
package struct Partitions: Service, CustomStringConvertible {
    let database: Database
    let now: @Sendable () -> Date
    let logger: Logger

    package init(database: Database, now: @escaping @Sendable () -> Date, logger: Logger) {
        self.database = database
        self.now = now
        self.logger = logger
    }

    package var description: String { "Partitions" }

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

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(86_400))
                if Task.isCancelled { return }
                do { try await ensure() } catch {
                    logger.error(
                        "The partitions of the coming months could not be made", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
