import Logging
import Postgres
import ServiceLifecycle

/// Looks every second whether the quarantine holds, and says when it begins and ends.
struct WatchQuarantine: Service, CustomStringConvertible {
    let quarantine: Quarantine
    let database: Database
    let meters: Meters
    let logger: Logger

    var description: String { "WatchQuarantine" }

    func run() async throws {
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
    static let words =
        "The database was restored from a backup and is in quarantine: reads are answered, nothing is delivered, changed or asked of Microsoft. Look at it, then run: hearth resume-after-restore"
}

/// A worker that runs only outside quarantine. Should the database be exchanged for a restored copy while it runs, it is
/// stopped, and begins again when the quarantine is over.
struct AfterQuarantine: Service, CustomStringConvertible {
    let worker: any Service
    let quarantine: Quarantine
    let database: Database

    var description: String { "\(worker)" }

    private static let pause = Duration.milliseconds(500)

    private enum End { case worker, held, shutdown }

    func run() async throws {
        repeat {
            await cancelWhenGracefulShutdown {
                while !Task.isCancelled, await !quarantine.isOver(database) { try? await Task.sleep(for: Self.pause) }
            }
            if Task.isCancelled || Task.isShuttingDownGracefully { return }
        } while try await runUntilHeld()
    }

    /// - Returns: whether the worker was stopped because the quarantine has begun.
    private func runUntilHeld() async throws -> Bool {
        try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask {
                try await worker.run()
                return .worker
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
                // The worker finishes what it has begun.
                _ = try await group.next()
                return false
            case .worker, nil:
                group.cancelAll()
                return false
            }
        }
    }
}
