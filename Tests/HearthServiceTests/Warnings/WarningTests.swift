import Foundation
import HearthRules
import HearthTesting
import Postgres
import Testing

@testable import HearthMailboxes
@testable import HearthOperations
@testable import HearthWeb

/// Early warnings as read by their tenant and as announced, on a clock that the test moves.
@Suite("Early warnings", .timeLimit(.minutes(5)))
struct WarningTests {
    static let day: TimeInterval = 86_400

    @Test("a connection that nears 90 idle days is told of once by all processes, and again when it comes back")
    func idleConnection() async throws {
        try await SimulatedWorld.run { world in
            try await world.connect(["idle@corp.example"], status: .paused, first: 1) { _ in 1_000 * Self.day }
            try await world.move(days: 80, seconds: -1)
            #expect(try await world.warnings(of: 1) == [])
            try await world.tell(by: 1)
            #expect(try await world.told() == [])

            try await world.move(days: 80)
            let end = SimulatedWorld.start.addingTimeInterval(90 * Self.day)
            let warning = Warning(
                code: .connectionExpiring, subject: .mailbox(1, address: "idle@corp.example"), since: world.clock.now,
                endsAt: end)
            #expect(try await world.warnings(of: 1) == [warning])
            #expect(try await world.warnings(of: 2) == [])
            #expect(try await world.mailbox(1).warnings(at: world.clock.now) == [warning])
            try await world.tell(by: 4)
            try await world.tell(by: 1)
            #expect(try await world.told() == ["mailbox.connection_expiring 1"])
            let told: String? = try await world.event("data->>'ends_at'")
            #expect(told == RFC3339.format(end))
            let email: String? = try await world.event("account->>'email'")
            #expect(email == "idle@corp.example")

            try await world.move(days: 81)
            let grant = try #require(try await world.worker.connection.store.find(1, of: 1))
            try await world.worker.connection.prove(grant, refreshing: true, within: .seconds(60))
            #expect(try await world.warnings(of: 1) == [])
            #expect(try await world.mailbox(1).warnings(at: world.clock.now) == [])
            try await world.tell(by: 2)
            #expect(try await world.marks() == 0)
            try await world.move(days: 161, seconds: 1)
            try await world.tell(by: 4)
            #expect(try await world.told() == ["mailbox.connection_expiring 1", "mailbox.connection_expiring 1"])
        }
    }

    @Test("what has just begun is not taken for over by a process whose clock is a little behind")
    func slowClock() async throws {
        try await SimulatedWorld.run { world in
            try await world.connect(["idle@corp.example"], status: .paused, first: 1) { _ in 1_000 * Self.day }
            try await world.move(days: 80)
            try await world.tell(by: 1)
            let behind = world.clock.now.addingTimeInterval(-5)
            _ = try await world.teller(now: { behind }).tellSome()
            #expect(try await world.marks() == 1)
            try await world.tell(by: 1)
            #expect(try await world.told().count == 1)
        }
    }

    @Test("the end of a tenant's secret is told before it and when it has come; a new secret begins anew")
    func secretEnd() async throws {
        try await SimulatedWorld.run { world in
            try await world.connect(["a@corp.example"], status: .paused, first: 1) { _ in 1_000 * Self.day }
            try await world.own(application: 7, secretEnds: SimulatedWorld.start.addingTimeInterval(31 * Self.day))
            try await world.tell(by: 1)
            #expect(try await world.told() == [])
            try await world.move(days: 1)
            try await world.tell(by: 3)
            #expect(try await world.told() == ["application.secret_expiring 7"])
            try await world.move(days: 31)
            try await world.tell(by: 3)
            #expect(try await world.told() == ["application.secret_expiring 7", "application.secret_expired 7"])
            #expect(try await world.warnings(of: 1).map(\.code) == [.secretExpired])
            #expect(try await world.marks() == 1, "the former warning has ended")

            try await world.own(application: 7, secretEnds: SimulatedWorld.start.addingTimeInterval(70 * Self.day))
            try await world.tell(by: 1)
            #expect(try await world.warnings(of: 1) == [])
            try await world.move(days: 40)
            try await world.tell(by: 2)
            #expect(try await world.told().last == "application.secret_expiring 7")
            #expect(try await world.told().count == 3)
            let counts = try await TenantWarnings(database: world.database).counts(at: world.clock.now)
            #expect(counts == [.secretExpiring: 1])
        }
    }
}
