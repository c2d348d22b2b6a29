package import Foundation
import HearthCore
package import HearthMicrosoft
import HearthRules
package import Logging
import ServiceLifecycle

/// The worker that keeps connections alive: looks at those in use once a day, refreshes idle ones once a month, and
/// destroys what nobody has started. An access token that expires is no reason to call Microsoft.
package struct TendGrants: Service, CustomStringConvertible {
    let due: DueGrants
    package let connection: ConnectionCheck
    package let unstarted: ExpireUnstartedGrant
    package let breaker: ApplicationBreaker
    let schedule: GrantSchedule
    let work: WorkHints
    let now: @Sendable () -> Date
    let random: @Sendable () -> Double
    package let logger: Logger
    let slots = GrantSlots()

    package var description: String { "TendGrants" }

    private static let limit = Duration.seconds(30)
    private static let claimBatch = 64
    /// Seconds until a grant is due again for which this process had no room.
    private static let rest: TimeInterval = 5
    /// Some of what is due has no room of its own kind.
    private static let lookahead = 4

    package init(_ connections: Connections, random: @escaping @Sendable () -> Double) {
        let dependencies = connections.dependencies
        due = DueGrants(database: dependencies.workDatabase)
        connection = ConnectionCheck(connections, database: dependencies.workDatabase)
        unstarted = ExpireUnstartedGrant(
            database: dependencies.workDatabase, schedule: dependencies.settings.grantSchedule,
            pen: dependencies.pen, work: dependencies.work, now: dependencies.now,
            dependents: connections.dependents)
        breaker = connections.breaker
        schedule = dependencies.settings.grantSchedule
        work = dependencies.work
        now = dependencies.now
        self.random = random
        logger = dependencies.logger
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                do {
                    let began = ContinuousClock.now
                    let claimed = try await claim()
                    for claimed in claimed {
                        group.addTask { await tend(claimed) }
                    }
                    if claimed.isEmpty {
                        // A look that passes over many takes long; half of a connection's time is enough for it.
                        try? await Task.sleep(for: ContinuousClock.now - began)
                    } else if slots.free >= GrantSlots.worthALook {
                        // An organisation that is full now has hidden others.
                        continue
                    }
                } catch is CancellationError {
                    // The process ends while it waits for a connection.
                } catch {
                    logger.warning("Due grants could not be claimed; trying again", metadata: ["error": "\(error)"])
                }
                await cancelWhenGracefulShutdown { await work.waitForGrants(atMost: .seconds(1)) }
            }
        }
    }

    /// An application that Microsoft refuses is left alone; after a pause one grant of it tries.
    private func claim() async throws -> [ClaimedGrant] {
        let now = now()
        let free = slots.free
        guard free > 0 else { return [] }
        var probing: Set<Int64?> = []
        let found = try await due.find(at: now, limit: free * Self.lookahead, without: unavailable(at: now))
        let wanted = found.filter { grant in
            switch breaker.state(of: grant.applicationID) {
            case .closed: break
            case .open: return false
            case .probing: guard probing.insert(grant.applicationID).inserted else { return false }
            }
            return slots.reserve(grant.tid, at: now)
        }
        var claimed: [ClaimedGrant] = []
        var failure: (any Error)?
        do {
            for start in stride(from: 0, to: wanted.count, by: Self.claimBatch) {
                let batch = Array(wanted[start..<min(start + Self.claimBatch, wanted.count)])
                claimed += try await due.claim(batch, at: now)
            }
        } catch {
            // What was claimed before is tended all the same.
            failure = error
        }
        let taken = Set(claimed.map(\.grant.id))
        for grant in wanted where !taken.contains(grant.id) { slots.release(grant.tid) }
        if let failure {
            guard !claimed.isEmpty else { throw failure }
            logger.warning("Due grants could not all be claimed", metadata: ["error": "\(failure)"])
        }
        return claimed
    }

    package func unavailable(at now: Date) -> DueGrants.Unavailable {
        let (own, operators) = breaker.open()
        return DueGrants.Unavailable(
            organizations: slots.unavailable(at: now), applications: own, operatorsApplication: operators)
    }

    private func tend(_ claimed: ClaimedGrant) async {
        defer { if slots.release(claimed.tid) { work.grantTended() } }
        do {
            guard claimed.use != .unstarted else { return try await unstarted.expire(claimed.grant) }
            try await connection.prove(claimed.grant, refreshing: claimed.use == .idle, within: Self.limit)
            try await due.settle(
                claimed.grant, dueAt: schedule.next(claimed.use, after: now(), random: random()), stumbles: 0)
        } catch let fault as MicrosoftFault {
            await put(off: claimed, because: fault)
        } catch {
            logger.warning(
                "A grant could not be tended; it will be again",
                metadata: ["grant.id": "\(claimed.grant.id)", "error": "\(error)"])
        }
    }

    /// A permanent fault has been settled already: nothing is due any more.
    private func put(off claimed: ClaimedGrant, because fault: MicrosoftFault) async {
        guard fault.kind.problem == nil else { return }
        let now = now()
        // Only a fault of the connection is its stumble. With the application's, the others stay due, and the breaker keeps
        // them waiting.
        let (stumbles, next) =
            if fault.isOurs {
                (claimed.stumbles, now.addingTimeInterval(Self.rest))
            } else if fault.kind == .applicationFault {
                (claimed.stumbles, now.addingTimeInterval(breaker.pause(of: claimed.grant.id)))
            } else {
                (
                    claimed.stumbles + 1,
                    schedule.next(
                        afterStumbles: claimed.stumbles + 1, at: now, retryAfter: fault.retryAfter, random: random())
                )
            }
        if let seconds = fault.retryAfter, fault.throttlesOrganization {
            slots.pause(claimed.tid, until: now.addingTimeInterval(TimeInterval(min(seconds, 3_600))))
        }
        await cleanUp("the next time of a grant") { [due] in
            try await due.settle(claimed.grant, dueAt: next, stumbles: stumbles)
        }
    }
}
