package import Foundation
package import HearthCore
package import HearthMicrosoft
import HearthRules
import Logging
import Postgres
import Synchronization

/// Keeps connections alive: checks those in use daily, refreshes idle ones monthly, and destroys grants that no campaign
/// was started with. The expiry of an access token alone causes no call to Microsoft.
///
/// At most 128 grants are in flight per process, and 8 per organisation, because Microsoft throttles it as a whole.
package struct MaintainGrants: LeasedWork {
    package static let name = "tend_grants"
    /// Microsoft responds in about 250 ms and each mailbox takes two calls: 256 mailboxes a second, or a backlog of a
    /// hundred thousand in seven minutes. Polling waits until a quarter of the slots is free, because polling after every
    /// grant would cost more than it yields.
    package static let limits = WorkLimits<UUID>(
        whole: 128, perUnit: { $0 == AccountType.consumerTenant ? 128 : perOrganization }, worthALook: 32)
    static let perOrganization = 8

    package enum Outcome: Sendable {
        /// No campaign was started with it: due later, or nil if it has just expired, which is already settled.
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
    /// Seconds until a grant is due again after a fault of this process, such as being busy.
    private static let rest: TimeInterval = 5
    /// Due grants read per free slot, because some belong to organisations that are full.
    private static let lookahead = 4

    package init(_ connections: Connections, random: @escaping @Sendable () -> Double) {
        let dependencies = connections.dependencies
        due = DueGrants(database: dependencies.workDatabase)
        connection = ConnectionCheck(connections, database: dependencies.workDatabase)
        unstarted = ExpireUnstartedGrant(
            database: dependencies.workDatabase, schedule: dependencies.settings.grantSchedule,
            recorder: dependencies.recorder, work: dependencies.work, now: dependencies.now,
            dependents: connections.dependents)
        breaker = connections.breaker
        schedule = dependencies.settings.grantSchedule
        now = dependencies.now
        self.random = random
    }

    /// Skips applications that Microsoft refuses; after a pause, one grant of each is tried.
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
        // At the limit, grants of organisations that are now full may have hidden others.
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
            if let dueAt { try await due.settle(claim, dueAt: dueAt, retries: 0) }
        case .proved:
            try await due.settle(claim, dueAt: schedule.next(claim.use, after: now(), random: random()), retries: 0)
        case .refused(let fault): try await postpone(claim, because: fault)
        }
        return nil
    }

    /// Postpones the grant after a fault. A fault with a problem was settled when the problem was recorded.
    private func postpone(_ claim: ClaimedGrant, because fault: MicrosoftFault) async throws {
        guard fault.kind.problem == nil else { return }
        let now = now()
        // A fault of this process or of the application does not count against the grant. After an application fault, the
        // other grants stay due and the breaker holds them back.
        let (retries, next) =
            if fault.isOurs {
                (claim.retries, now.addingTimeInterval(Self.rest))
            } else if fault.kind == .applicationFault {
                (claim.retries, now.addingTimeInterval(breaker.pause(of: claim.grant.id)))
            } else {
                (
                    claim.retries + 1,
                    schedule.next(
                        afterRetries: claim.retries + 1, at: now, retryAfter: fault.retryAfter, random: random())
                )
            }
        if let seconds = fault.retryAfter, fault.throttlesOrganization {
            pauses.pause(claim.tid, until: now.addingTimeInterval(TimeInterval(min(seconds, 3_600))))
        }
        try await due.settle(claim, dueAt: next, retries: retries)
    }

    package func release(_ claim: ClaimedGrant) async throws {
        try await due.settle(claim, dueAt: now(), retries: claim.retries)
    }
}

/// Organisations that Microsoft throttles. Their grants are skipped until the pause ends.
final class OrganizationPauses: Sendable {
    private let until = Mutex<[UUID: Date]>([:])

    func current(at now: Date) -> [UUID] {
        until.withLock { pauses in
            pauses = pauses.filter { $0.value > now }
            return Array(pauses.keys)
        }
    }

    /// Ignores personal accounts: they share one tenant id, but throttling of one says nothing about the others.
    func pause(_ tid: UUID, until end: Date) {
        guard tid != AccountType.consumerTenant else { return }
        until.withLock { $0[tid] = max(end, $0[tid] ?? end) }
    }
}

/// Destroys the tokens of a grant that no campaign was started with.
package struct ExpireUnstartedGrant: Sendable {
    let database: Database
    let schedule: GrantSchedule
    let recorder: AuditRecorder
    let work: WorkSignals
    let now: @Sendable () -> Date
    package let dependents: [any ConnectionDependent]

    /// - Returns: when it is due instead; nil if it has just expired.
    func expire(_ grant: Grant) async throws -> Date? {
        // If it was started and paused again, or renewed by another consent, it is due later or not at all.
        let end = schedule.next(.unstarted, after: grant.createdAt, random: 0)
        guard end <= now() else { return end }
        try await ConnectionRecord(database: database, recorder: recorder, work: work, now: now, dependents: dependents)
            .failed(.expired, endsGrant: true, isFinal: true, grant: grant)
        return nil
    }
}
