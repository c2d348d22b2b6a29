package import Logging
package import Postgres
import ServiceLifecycle

/// Checks every second whether the database is in quarantine, and logs when that changes.
package struct WatchQuarantine: Service, CustomStringConvertible {
    package let quarantine: Quarantine
    let database: Database
    let meters: Meters
    let logger: Logger

    package init(quarantine: Quarantine, database: Database, meters: Meters, logger: Logger) {
        self.quarantine = quarantine
        self.database = database
        self.meters = meters
        self.logger = logger
    }

    package var description: String { "WatchQuarantine" }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var wasHeld: Bool?
            while !Task.isCancelled {
                _ = try? await quarantine.look(database)
                let isHeld = quarantine.isHeld
                if isHeld != wasHeld { tell(isHeld, isFirst: wasHeld == nil) }
                wasHeld = isHeld
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func tell(_ isHeld: Bool, isFirst: Bool) {
        meters.quarantined(isHeld)
        if isHeld {
            logger.warning("\(Quarantine.words)")
        } else if !isFirst {
            logger.notice("The quarantine is over: deliveries and calls to Microsoft resume")
        }
    }
}

extension Quarantine {
    package static let words =
        "The database was restored from a backup and is in quarantine: reads are answered, but nothing is changed, delivered or requested from Microsoft. Check the database, then run: hearth resume-after-restore"
}

/// Runs work only while the database is not in quarantine.
package struct QuarantineHold: Sendable {
    package let quarantine: Quarantine
    let database: Database

    private static let pause = Duration.milliseconds(500)

    private enum End { case body, held, shutdown }

    /// Returns whether writes and outgoing requests are allowed now.
    func isServing() async -> Bool { await quarantine.isOver(database) }

    /// Runs `body` while the database is not in quarantine. If the database is replaced by a restored copy, `body` is
    /// cancelled, and restarted when the quarantine is over. Returns when `body` returns, or at shutdown.
    func whileServing(_ body: @escaping @Sendable () async throws -> Void) async throws {
        repeat {
            await cancelWhenGracefulShutdown {
                while !Task.isCancelled, await !isServing() { try? await Task.sleep(for: Self.pause) }
            }
            if Task.isCancelled || Task.isShuttingDownGracefully { return }
        } while try await runUntilHeld(body)
    }

    /// - Returns: whether `body` was cancelled because a quarantine began.
    private func runUntilHeld(_ body: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask {
                try await body()
                return .body
            }
            group.addTask {
                await cancelWhenGracefulShutdown {
                    while !Task.isCancelled, !quarantine.isHeld { try? await Task.sleep(for: Self.pause) }
                }
                return quarantine.isHeld ? .held : .shutdown
            }
            switch try await group.next() {
            case .held:
                group.cancelAll()
                while !group.isEmpty { _ = try? await group.next() }
                return true
            case .shutdown:
                // At shutdown `body` is allowed to finish.
                _ = try await group.next()
                return false
            case .body, nil:
                group.cancelAll()
                return false
            }
        }
    }
}
