package import Foundation
package import Logging
import ServiceLifecycle

/// The one loop of everything that claims rows under a lease: it looks for what is due, claims what there is room for,
/// acts on it and settles it.
///
/// It looks again when it is woken, when a slot has become free, and every second in any case. While the database does
/// not answer it looks less and less often. At a graceful shutdown it claims nothing more and finishes what it holds; what
/// cannot be finished is released. While the database is in quarantine nothing is claimed or acted on.
package struct LeasedWorker<Work: LeasedWork>: Service, CustomStringConvertible {
    let work: Work
    let slots = WorkSlots<Work.Due.Unit>(Work.limits)
    /// Raised when there may be something to do, here or elsewhere.
    package let signal: Signal
    package let hold: QuarantineHold
    let now: @Sendable () -> Date
    let logger: Logger
    /// Passed in, so that a test need not wait.
    package var sleep: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
    private let meters: WorkerMeters

    package var description: String { Work.name }

    /// Between two looks at most.
    package static var interval: Duration { .seconds(1) }

    package init(
        _ work: Work, signal: Signal, hold: QuarantineHold, meters: Meters, now: @escaping @Sendable () -> Date,
        logger: Logger
    ) {
        self.work = work
        self.signal = signal
        self.hold = hold
        self.meters = meters.worker(Work.name)
        self.now = now
        self.logger = logger
    }

    package init(_ work: Work, signal: Signal, _ dependencies: Dependencies) {
        self.init(
            work, signal: signal,
            hold: QuarantineHold(quarantine: dependencies.quarantine, database: dependencies.workDatabase),
            meters: dependencies.meters, now: dependencies.now, logger: dependencies.logger)
    }

    /// Until shutdown.
    package func run() async throws {
        try await hold.whileServing { await loop() }
    }

    private func loop() async {
        await withDiscardingTaskGroup { group in
            var failures = 0
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                let began = ContinuousClock.now
                do {
                    let (claims, hasMore) = try await claim()
                    failures = 0
                    for claim in claims {
                        group.addTask { await carryOut(claim) }
                    }
                    if claims.isEmpty {
                        // A look that finds nothing may still be long: half of a connection's time is enough for it.
                        let rest = began.duration(to: .now)
                        await cancelWhenGracefulShutdown { await sleep(rest) }
                    } else if hasMore, slots.free >= Work.limits.worthALook {
                        continue
                    }
                } catch {
                    if Task.isCancelled { return }
                    failures += 1
                    meters.looksFailed.add(1)
                    logger.warning("Due work could not be claimed; trying again", metadata: metadata(error))
                    let pause = WorkPause.backOff(after: failures)
                    await cancelWhenGracefulShutdown { await sleep(pause) }
                    continue
                }
                await cancelWhenGracefulShutdown { await signal.wait(atMost: Self.interval, sleep: sleep) }
            }
        }
    }

    private func claim() async throws -> (claims: [Work.Claim], hasMore: Bool) {
        guard slots.free > 0, await hold.isServing() else { return ([], false) }
        let now = now()
        let look = try await work.discover(slots.room, at: now)
        var wanted = slots.share(look.due)[...]
        var claims: [Work.Claim] = []
        while !wanted.isEmpty {
            let batch = wanted.prefix(Work.limits.claimBatch)
            do {
                let taken = try await work.claim(Array(batch), at: now)
                slots.returnUnused(of: batch, taken: taken.map(\.place))
                claims += taken
                meters.claimed.add(Double(taken.count))
            } catch {
                slots.returnUnused(of: wanted, taken: [])
                // What was claimed before is carried out all the same.
                guard !claims.isEmpty else { throw error }
                logger.warning("Due work could not all be claimed", metadata: metadata(error))
                return (claims, false)
            }
            wanted = wanted.dropFirst(Work.limits.claimBatch)
        }
        return (claims, look.hasMore)
    }

    // MARK: One claim

    private func carryOut(_ claimed: Work.Claim) async {
        let began = ContinuousClock.now
        meters.inFlight.add(1)
        defer {
            slots.release(claimed.place)
            meters.inFlight.add(-1)
            meters.duration.observe(began.duration(to: .now).inSeconds)
            if slots.free >= Work.limits.worthALook { signal.raise() }
        }
        var current = claimed
        do {
            while true {
                guard await hold.isServing(), !Task.isCancelled else { return await release(current) }
                let outcome: Work.Outcome
                do { outcome = try await work.act(on: current) } catch {
                    // That the process ends is nothing for the row to wait for.
                    guard Task.isCancelled || Task.isShuttingDownGracefully else { throw error }
                    return await release(current)
                }
                let claim = current
                guard let next = try await uncancelled({ try await work.settle(claim, outcome) }) else { break }
                current = next
            }
            meters.settled.add(1)
        } catch {
            meters.failed.add(1)
            logger.warning(
                "Work was interrupted; it is done again when its lease has ended",
                metadata: metadata(error).merging(current.metadata.mapValues { "\($0)" }) { first, _ in first })
        }
    }

    private func release(_ claim: Work.Claim) async {
        await cleanUp("the lease of \(Work.name)") { try await work.release(claim) }
    }

    private func metadata(_ error: any Error) -> Logger.Metadata {
        ["worker": "\(Work.name)", "error": "\(error)"]
    }
}
