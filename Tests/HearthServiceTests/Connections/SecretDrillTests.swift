import Foundation
import HearthRules
import HearthTesting
import MicrosoftSimulator
import Postgres
import Testing

@testable import HearthCore
@testable import HearthMailboxes
@testable import HearthMicrosoft
@testable import HearthOperations

/// The operator's secret expires while many mailboxes are connected, and is renewed after a day's work has piled up.
@Suite("The operator's secret expires", .timeLimit(.minutes(30)))
struct SecretDrillTests {
    /// `HEARTH_DRILL_MAILBOXES=100000` takes some minutes.
    private static let count = Int(ProcessInfo.processInfo.environment["HEARTH_DRILL_MAILBOXES"] ?? "") ?? 4_000
    private static let hour: TimeInterval = 3_600
    /// The breaker's longest pause, in seconds.
    private static let longestPause: TimeInterval = 300
    /// Seconds within which all mailboxes must have recovered.
    private static let promise: TimeInterval = 900
    /// Microsoft's usual response time, in seconds. The simulator's responses take no time on its clock.
    private static let latency: TimeInterval = 0.25

    @Test(
        "nobody is disconnected, Microsoft is not hammered, and a day's backlog recovers within 15 minutes of the fix",
        // With few mailboxes each is tried many times; with many, hardly any is tried twice.
        arguments: [8, Self.count])
    func drill(_ count: Int) async throws {
        try await SimulatedWorld.run { world in
            let addresses = (0..<count).map { n in
                n.isMultiple(of: 20) ? "m\(n)@largest.example" : "m\(n)@corp\(n / 50).example"
            }
            // Mailboxes in use are checked daily, spread evenly over the day.
            try await world.connect(addresses, status: .active, first: 1) {
                24 * Self.hour * Double($0 + 1) / Double(count)
            }
            let secret = try #require(world.microsoft.secrets(of: SimulatedWorld.clientID)?.first)
            world.microsoft.expireSecret(secret.keyID, of: SimulatedWorld.clientID, at: world.clock.now)
            world.microsoft.clearRequests()
            try await world.live(until: SimulatedWorld.start.addingTimeInterval(24 * Self.hour), step: 60, pause: 60)

            let refused = world.microsoft.calls.all.total
            // Calls in flight at the expiry, then one at a time: after 10, 20, 40, 80, 160 and then every 300 seconds.
            #expect(refused < MaintainGrants.limits.whole + 6 + Int(24 * Self.hour / Self.longestPause))
            #expect(world.microsoft.calls.graph.total == 0)
            #expect(try await Self.overdue(world) > count - refused, "all but those just tried")
            #expect(try await Self.disconnected(world) == 0)
            let refusal = try #require(try await ApplicationRefusals.ofOperator(in: world.database))
            #expect(refusal.cause == "invalid_client 7000222")
            let first = SimulatedWorld.start.addingTimeInterval(24 * Self.hour / Double(count) + 120)
            #expect(try #require(refusal.since) < first, "began with the first due grant")

            world.microsoft.expireSecret(secret.keyID, of: SimulatedWorld.clientID, at: nil)
            let fixed = world.clock.now
            try await world.live(until: fixed.addingTimeInterval(Self.promise), step: 10)
            #expect(try await Self.overdue(world) == 0)
            #expect(try await Self.disconnected(world) == 0)
            let recovered: Int = try #require(
                try await world.database.read(
                    "SELECT count(*) AS n FROM grants WHERE tenant_id = 1 AND refreshed_at >= \(fixed)"
                ).first)["n"]
            try #require(recovered == count)
            // A refresh and a read for each, with enough concurrency to keep the promise for a hundred thousand mailboxes.
            let calls = world.microsoft.calls.all.total - refused
            #expect(calls == 2 * recovered)
            let room = Self.promise - Self.longestPause
            #expect(Double(100_000 * calls / recovered) * Self.latency / Double(MaintainGrants.limits.whole) < room)
            #expect(5_000 * 2 * Self.latency / Double(MaintainGrants.perOrganization) < room)
            #expect(world.microsoft.calls.highestOrganizationConcurrency <= MaintainGrants.perOrganization)
            let told: Int = try #require(
                try await world.database.read("SELECT count(*) AS n FROM events WHERE tenant_id = 1").first)["n"]
            #expect(told == 0)
            #expect(try await ApplicationRefusals.ofOperator(in: world.database) == nil)
            #expect(world.warnings.texts == [])
        }
    }

    private static func overdue(_ world: SimulatedWorld) async throws -> Int {
        try #require(
            try await world.database.read(
                "SELECT count(*) AS n FROM grants WHERE tenant_id = 1 AND due_at <= \(world.clock.now)"
            ).first)["n"]
    }

    /// Returns the number of mailboxes with a problem, without a live grant or without an active campaign.
    private static func disconnected(_ world: SimulatedWorld) async throws -> Int {
        try #require(
            try await world.database.read(
                """
                SELECT count(*) AS n FROM mailboxes m
                JOIN campaigns c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id
                JOIN grants g ON g.tenant_id = m.tenant_id AND g.grant_id = m.grant_id
                WHERE m.tenant_id = 1 AND (m.problem IS NOT NULL OR c.status <> 'active' OR g.state <> 'live')
                """
            ).first)["n"]
    }
}
