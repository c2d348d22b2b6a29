import Foundation
import HearthRules
import MicrosoftSimulator
import Postgres
import Testing

@testable import HearthService

/// The operator's secret expires with many mailboxes connected.
@Suite("The operator's secret expires", .timeLimit(.minutes(20)))
struct SecretDrillTests {
    /// `HEARTH_DRILL_MAILBOXES=100000` takes some minutes.
    private static let count = Int(ProcessInfo.processInfo.environment["HEARTH_DRILL_MAILBOXES"] ?? "") ?? 20_000
    private static let hour: TimeInterval = 3_600

    @Test(
        "nobody is disconnected, Microsoft is not hammered, and all that was due recovers within 15 minutes of the fix")
    func drill() async throws {
        try await SimulatedWorld.run { world in
            let addresses = (0..<Self.count).map { "m\($0)@corp\($0 % 2_000).example" }
            // In use, they are looked at once a day, evenly over the day.
            try await world.connect(addresses, status: .active, first: 1) {
                24 * Self.hour * Double($0 + 1) / Double(Self.count)
            }
            let secret = try #require(world.microsoft.secrets(of: SimulatedWorld.clientID)?.first)
            world.microsoft.expireSecret(secret.keyID, of: SimulatedWorld.clientID, at: world.clock.now)
            world.microsoft.clearRequests()
            try await world.live(until: SimulatedWorld.start.addingTimeInterval(Self.hour), step: 60)

            let overdue = try await Self.overdue(world)
            #expect(overdue > Self.count / 30, "an hour's part of the day waits")
            #expect(try await Self.disconnected(world) == 0)
            // Those under way when it happened, then one at a time: after 10, 20, 40, 80, 160 and each 300 seconds.
            #expect(world.microsoft.calls.all.total < GrantSlots.inAll + 20)
            #expect(world.microsoft.calls.graph.total == 0)

            world.microsoft.expireSecret(secret.keyID, of: SimulatedWorld.clientID, at: nil)
            let fixed = world.clock.now
            try await world.live(until: fixed.addingTimeInterval(900), step: 10)
            #expect(try await Self.overdue(world) == 0)
            #expect(try await Self.disconnected(world) == 0)
            let recovered: Int = try #require(
                try await world.database.read(
                    "SELECT count(*) AS n FROM grants WHERE tenant_id = 1 AND refreshed_at >= \(fixed)"
                ).first)["n"]
            #expect(recovered >= overdue)
            #expect(world.microsoft.calls.highestOrganizationConcurrency <= GrantSlots.perOrganization)
            let told: Int = try #require(
                try await world.database.read("SELECT count(*) AS n FROM events WHERE tenant_id = 1").first)["n"]
            #expect(told == 0)
            #expect(world.warnings.texts == [])
        }
    }

    private static func overdue(_ world: SimulatedWorld) async throws -> Int {
        try #require(
            try await world.database.read(
                "SELECT count(*) AS n FROM grants WHERE tenant_id = 1 AND due_at <= \(world.clock.now)"
            ).first)["n"]
    }

    /// Mailboxes and campaigns that show anything of it.
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
