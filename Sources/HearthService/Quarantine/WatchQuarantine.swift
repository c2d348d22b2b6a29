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

/// A worker that begins only when the quarantine is over.
struct AfterQuarantine: Service, CustomStringConvertible {
    let worker: any Service
    let quarantine: Quarantine
    let database: Database

    var description: String { "\(worker)" }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled, await !quarantine.isOver(database) {
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
        if Task.isCancelled || Task.isShuttingDownGracefully { return }
        try await worker.run()
    }
}
