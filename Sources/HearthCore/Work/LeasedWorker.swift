package import Foundation
package import Logging
import ServiceLifecycle

/// The loop of every worker with leased rows: it polls for due work, claims as much as it has capacity for, acts on it and
/// settles it.
///
/// It polls when it is signalled, when a slot becomes free, and at least every second; while the database does not answer, less
/// and less often. At a graceful shutdown it claims nothing more and finishes its claims; those that cannot be finished are
/// released. While the database is in quarantine, nothing is claimed or acted on.
package struct LeasedWorker<Work: LeasedWork>: Service, CustomStringConvertible {
    let work: Work
    let slots = WorkSlots<Work.Due.Unit>(Work.limits)
    /// Raised when there may be due work.
    package let signal: Signal
    package let hold: QuarantineHold
    let now: @Sendable () -> Date
    let logger: Logger
    /// Injected, so that tests need not wait.
    package var sleep: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
    private let meters: WorkerMeters

    package var description: String { Work.name }

    /// The maximum pause between two polls.
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

    /// Runs until shutdown.
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
                        // A poll that finds nothing may still be slow. Pausing for the same time limits it to half of a
                        // connection.
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
                // Earlier claims are still carried out.
                guard !claims.isEmpty else { throw error }
                logger.warning("Some due work could not be claimed", metadata: metadata(error))
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
                    // During shutdown the row is released, so that it does not wait for the end of its lease.
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
                "Work was interrupted; it will be retried when its lease ends",
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
