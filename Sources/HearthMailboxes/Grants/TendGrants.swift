package import Foundation
package import HearthCore
package import HearthMicrosoft
import HearthRules
import Logging
import Synchronization

/// Keeps connections alive: looks at those in use once a day, refreshes idle ones once a month, and destroys what nobody
/// has started. An access token that expires is no reason to call Microsoft.
///
/// In flight at once: 128 a process, 8 of an organisation at Microsoft, which throttles as one.
package struct TendGrants: LeasedWork {
    package static let name = "tend_grants"
    /// Microsoft answers in about a quarter of a second and is asked twice for a mailbox: 256 of them a second, or a
    /// hundred thousand, overdue together, in seven minutes. Where a quarter of the slots is free, it is worth looking for
    /// others: a look after each grant would cost more than it finds.
    package static let limits = WorkLimits<UUID>(
        whole: 128, perUnit: { $0 == AccountType.consumerTenant ? 128 : perOrganization }, worthALook: 32)
    static let perOrganization = 8

    package enum Outcome: Sendable {
        /// Nobody has started anything with it: due later, or nil when it has expired now, which is settled.
        case unstarted(dueAt: Date?)
        case proved
        case refused(MicrosoftFault)
    }

    let due: DueGrants
    package let connection: ConnectionCheck
    package let breaker: ApplicationBreaker
    private let unstarted: ExpireUnstartedGrant
    private let schedule: GrantSchedule
    private let pauses = OrganizationPauses()
    private let now: @Sendable () -> Date
    private let random: @Sendable () -> Double

    private static let limit = Duration.seconds(30)
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
        now = dependencies.now
        self.random = random
    }

    /// An application that Microsoft refuses is left alone; after a pause one grant of it tries.
    package func discover(_ room: WorkRoom<UUID>, at now: Date) async throws -> WorkLook<DueGrant> {
        let limit = room.free * Self.lookahead
        let found = try await due.find(at: now, limit: limit, without: unavailable(room, at: now))
        var probing: Set<Int64?> = []
        let wanted = found.filter { grant in
            switch breaker.state(of: grant.applicationID) {
            case .closed: true
            case .open: false
            case .probing: probing.insert(grant.applicationID).inserted
            }
        }
        // An organisation that is full after this look has hidden others.
        return WorkLook(due: wanted, hasMore: found.count == limit)
    }

    package func unavailable(_ room: WorkRoom<UUID>, at now: Date) -> DueGrants.Unavailable {
        let (own, operators) = breaker.open()
        return DueGrants.Unavailable(
            organizations: Array(room.fullUnits.union(pauses.current(at: now))), applications: own,
            operatorsApplication: operators)
    }

    package func claim(_ wanted: [WantedWork<DueGrant>], at now: Date) async throws -> [ClaimedGrant] {
        try await due.claim(wanted.map(\.due), at: now)
    }

    package func act(on claim: ClaimedGrant) async throws -> Outcome {
        guard claim.use != .unstarted else { return .unstarted(dueAt: try await unstarted.expire(claim.grant)) }
        do {
            try await connection.prove(claim.grant, refreshing: claim.use == .idle, within: Self.limit)
            return .proved
        } catch let fault as MicrosoftFault {
            return .refused(fault)
        }
    }

    package func settle(_ claim: ClaimedGrant, _ outcome: Outcome) async throws -> ClaimedGrant? {
        switch outcome {
        case .unstarted(let dueAt):
            if let dueAt { try await due.settle(claim, dueAt: dueAt, stumbles: 0) }
        case .proved:
            try await due.settle(claim, dueAt: schedule.next(claim.use, after: now(), random: random()), stumbles: 0)
        case .refused(let fault): try await putOff(claim, because: fault)
        }
        return nil
    }

    /// A permanent fault has been settled already: nothing is due any more.
    private func putOff(_ claim: ClaimedGrant, because fault: MicrosoftFault) async throws {
        guard fault.kind.problem == nil else { return }
        let now = now()
        // Only a fault of the connection is its stumble. With the application's, the others stay due, and the breaker keeps
        // them waiting.
        let (stumbles, next) =
            if fault.isOurs {
                (claim.stumbles, now.addingTimeInterval(Self.rest))
            } else if fault.kind == .applicationFault {
                (claim.stumbles, now.addingTimeInterval(breaker.pause(of: claim.grant.id)))
            } else {
                (
                    claim.stumbles + 1,
                    schedule.next(
                        afterStumbles: claim.stumbles + 1, at: now, retryAfter: fault.retryAfter, random: random())
                )
            }
        if let seconds = fault.retryAfter, fault.throttlesOrganization {
            pauses.pause(claim.tid, until: now.addingTimeInterval(TimeInterval(min(seconds, 3_600))))
        }
        try await due.settle(claim, dueAt: next, stumbles: stumbles)
    }

    package func release(_ claim: ClaimedGrant) async throws {
        try await due.settle(claim, dueAt: now(), stumbles: claim.stumbles)
    }
}

/// Organisations at Microsoft that asked us to wait: their grants are left alone for so long.
final class OrganizationPauses: Sendable {
    private let until = Mutex<[UUID: Date]>([:])

    func current(at now: Date) -> [UUID] {
        until.withLock { pauses in
            pauses = pauses.filter { $0.value > now }
            return Array(pauses.keys)
        }
    }

    /// Personal accounts, which share one tenant id, are many owners': one that is throttled says nothing about the others.
    func pause(_ tid: UUID, until end: Date) {
        guard tid != AccountType.consumerTenant else { return }
        until.withLock { $0[tid] = max(end, $0[tid] ?? end) }
    }
}
