package import Logging
package import Postgres
import ServiceLifecycle

/// Looks every second whether the quarantine holds, and says when it begins and ends.
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
            logger.notice("The quarantine is over: deliveries and calls to Microsoft go on")
        }
    }
}

extension Quarantine {
    package static let words =
        "The database was restored from a backup and is in quarantine: reads are answered, nothing is delivered, changed or asked of Microsoft. Look at it, then run: hearth resume-after-restore"
}

/// Lets work be done only outside quarantine.
package struct QuarantineHold: Sendable {
    package let quarantine: Quarantine
    let database: Database

    private static let pause = Duration.milliseconds(500)

    private enum End { case body, held, shutdown }

    /// Whether something may be written or go out now.
    func isServing() async -> Bool { await quarantine.isOver(database) }

    /// Runs `body` while the database is not in quarantine. Should the database be exchanged for a restored copy, `body` is
    /// cancelled, and begins again when the quarantine is over. Ends with `body`, or at shutdown.
    func whileServing(_ body: @escaping @Sendable () async throws -> Void) async throws {
        repeat {
            await cancelWhenGracefulShutdown {
                while !Task.isCancelled, await !isServing() { try? await Task.sleep(for: Self.pause) }
            }
            if Task.isCancelled || Task.isShuttingDownGracefully { return }
        } while try await runUntilHeld(body)
    }

    /// - Returns: whether `body` was cancelled because the quarantine has begun.
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
                // What has begun is finished.
                _ = try await group.next()
                return false
            case .body, nil:
                group.cancelAll()
                return false
            }
        }
    }
}
