import Foundation
import HearthRules
import HearthTesting
import MicrosoftSimulator
import Postgres
import Testing

@testable import HearthCore
@testable import HearthMailboxes
@testable import HearthMicrosoft

/// A year with a thousand mailboxes, and a script that says how each of them ends.
@Suite("A year of connections", .timeLimit(.minutes(10)))
struct YearTests {
    static let day: TimeInterval = 86_400
    /// Work due within four hours is done together, so a year takes about two thousand steps.
    static let step: TimeInterval = 14_400

    /// A group of mailboxes with the same script.
    struct Group {
        let name: String
        let count: Int
        let status: CampaignStatus
        /// What happens to their accounts, spread over the year.
        var condition: Condition?
        /// The final state: the mailbox's problem and the campaign's status.
        let problem: ConnectionProblem?
        let end: CampaignStatus

        /// Whether a token is left at the end. A required second factor does not end a grant, because it may still be provided.
        var keepsGrant: Bool { ![.revoked, .expired].contains(problem) || name == "second-factor" }
    }

    private static func condition(_ kind: Condition.Kind, revokes: Bool = false) -> Condition {
        var condition = Condition(kind)
        condition.revokes = revokes
        return condition
    }

    static let groups: [Group] = [
        .init(name: "busy", count: 10, status: .active, problem: nil, end: .active),
        .init(name: "strict", count: 5, status: .active, problem: nil, end: .active),
        .init(name: "idle", count: 400, status: .paused, problem: nil, end: .paused),
        .init(name: "strictly-idle", count: 50, status: .paused, problem: nil, end: .paused),
        .init(name: "unstarted", count: 430, status: .pending, problem: .expired, end: .pending),
        .init(
            name: "new-password", count: 20, status: .paused, condition: condition(.passwordChanged), problem: nil,
            end: .paused),
        .init(
            name: "revoked", count: 5, status: .active, condition: condition(.sessionsRevoked), problem: .revoked,
            end: .paused),
        .init(
            name: "withdrawn", count: 30, status: .paused, condition: condition(.consentRemoved), problem: .revoked,
            end: .paused),
        .init(
            name: "reset", count: 20, status: .paused, condition: condition(.passwordReset), problem: .revoked,
            end: .paused),
        .init(
            name: "disabled", count: 5, status: .active, condition: condition(.disabled), problem: .accountDisabled,
            end: .paused),
        .init(
            name: "policy", count: 5, status: .active, condition: condition(.conditionalAccess),
            problem: .policyBlocked, end: .paused),
        .init(
            name: "second-factor", count: 10, status: .paused, condition: condition(.mfaRequired), problem: .expired,
            end: .paused),
        .init(
            name: "unlicensed", count: 10, status: .paused, condition: condition(.unlicensed), problem: .mailboxMissing,
            end: .paused),
    ]

    static func addresses(of group: Group) -> [String] {
        (0..<group.count).map { "m\($0)@\(group.name)\($0 / 10).example" }
    }

    @Test("use, idleness, revocations, an expired secret and two new keys: every mailbox ends as its script says")
    func year() async throws {
        #expect(Self.groups.map(\.count).reduce(0, +) == 1_000)
        try await SimulatedWorld.run { world in
            try await Self.connect(world)
            world.microsoft.clearRequests()
            for month in 1...12 {
                try await Self.script(world, month: month)
                switch month {
                case 3: try await Self.changeKey(world, from: Keys.first, to: Keys.second)
                case 6: try await Self.secretExpires(world)
                case 9: try await Self.changeKey(world, from: Keys.second, to: Keys.third)
                default: break
                }
                let end = SimulatedWorld.start.addingTimeInterval(TimeInterval(month) * 30.5 * Self.day)
                try await world.live(until: end, step: Self.step)
                if month == 1 { try Self.expectSilence(world) }
            }
            for (index, group) in Self.groups.enumerated() { try await Self.expectEnd(of: group, at: index, world) }
            try await Self.expectModesty(world)
            try await Self.expectSealed(world, by: Keys.third)
            #expect(world.warnings.texts == [])
        }
    }

    private static func connect(_ world: SimulatedWorld) async throws {
        for (index, group) in groups.enumerated() {
            let life = group.status == .active ? day : 30 * day
            try await world.connect(addresses(of: group), status: group.status, first: first(index)) {
                group.status == .pending ? life : life * (1 - 0.1 * Double($0) / Double(group.count))
            }
            guard group.name.hasPrefix("strict") else { continue }
            var rules = TenantRules()
            rules.rotation = .strict
            for address in addresses(of: group) {
                world.microsoft.setRules(rules, of: String(address.split(separator: "@")[1]))
            }
        }
    }

    static func first(_ index: Int) -> Int64 { Int64(index + 1) * 10_000 }

    /// Applies the condition of each group to a part of its mailboxes every month, from the second month on.
    private static func script(_ world: SimulatedWorld, month: Int) async throws {
        for group in groups {
            guard let condition = group.condition else { continue }
            for (index, address) in addresses(of: group).enumerated() where index % 8 + 2 == month {
                #expect(world.microsoft.put(condition, on: .account(address)))
            }
        }
    }

    /// The operator's secret expires for half a day, in the middle of the sixth month.
    private static func secretExpires(_ world: SimulatedWorld) async throws {
        let secret = try #require(world.microsoft.secrets(of: SimulatedWorld.clientID)?.first)
        try await world.live(until: world.clock.now.addingTimeInterval(15 * day), step: step)
        world.microsoft.expireSecret(secret.keyID, of: SimulatedWorld.clientID, at: world.clock.now)
        try await world.live(until: world.clock.now.addingTimeInterval(day / 2), step: 600)
        #expect(world.worker.breaker.state(of: nil) != .closed)
        world.microsoft.expireSecret(secret.keyID, of: SimulatedWorld.clientID, at: nil)
        try await world.live(until: world.clock.now.addingTimeInterval(900), step: 0)
        #expect(world.worker.breaker.state(of: nil) == .closed)
        #expect(try await unexplained(world) == 0, "nobody is disconnected for the operator's fault")
    }

    /// Returns the number of mailboxes with a problem that is not in their script.
    private static func unexplained(_ world: SimulatedWorld) async throws -> Int {
        let well = groups.indices.filter { groups[$0].problem == nil }.map { first($0) / 10_000 }
        return try #require(
            try await world.database.read(
                """
                SELECT count(*) AS n FROM mailboxes
                WHERE tenant_id = 1 AND problem IS NOT NULL AND mailbox_id / 10000 = ANY(\(well))
                """
            ).first)["n"]
    }
}
