import Foundation
import HearthRules
import HearthTesting
import MicrosoftSimulator
import Postgres
import Testing

@testable import HearthCore
@testable import HearthMailboxes

/// Due grants of every application are found, and checked a few at a time.
@Suite("Grants that are due", .timeLimit(.minutes(5)))
struct DueGrantsTests {
    @Test("in the order of their times, those of applications and organisations that are left alone apart")
    func found() async throws {
        try await SimulatedWorld.run { world in
            // Due one minute apart. The clock does not move.
            let addresses = (1...8).map { "m\($0)@corp\($0).example" }
            try await world.connect(addresses, status: .active, first: 1) { 60 * Double($0 + 1) }
            for (application, grants) in [(Int64(77), [Int64(3), 4]), (78, [5, 6])] {
                _ = try await world.database.write(
                    """
                    INSERT INTO microsoft_apps (tenant_id, app_id, client_id, secret, created_at)
                    VALUES (1, \(application), \(String(application)), \([UInt8]([1])), \(world.clock.now))
                    """)
                _ = try await world.database.write(
                    "UPDATE grants SET app_id = \(application) WHERE tenant_id = 1 AND grant_id = ANY(\(grants))")
            }
            func find(
                after minutes: Double, limit: Int = 100, without left: DueGrants.Unavailable = .init()
            ) async throws -> [Int64] {
                let then = world.clock.now.addingTimeInterval(60 * minutes)
                return try await world.worker.due.find(at: then, limit: limit, without: left).map(\.id)
            }
            #expect(try await find(after: 0) == [])
            #expect(try await find(after: 8) == [1, 2, 3, 4, 5, 6, 7, 8])
            #expect(try await find(after: 5.5) == [1, 2, 3, 4, 5])
            #expect(try await find(after: 8, limit: 4) == [1, 2, 3, 4])
            #expect(try await find(after: 8, without: .init(applications: [77])) == [1, 2, 5, 6, 7, 8])
            #expect(try await find(after: 8, limit: 3, without: .init(operatorsApplication: true)) == [3, 4, 5])
            #expect(try await find(after: 8, without: .init(applications: [77, 78], operatorsApplication: true)) == [])
            let organizations: [UUID] = try await world.database.read(
                "SELECT tid FROM mailboxes WHERE tenant_id = 1 AND mailbox_id = ANY(\([Int64(2), 5]))"
            ).map { try $0["tid"] }
            #expect(try await find(after: 8, without: .init(organizations: organizations)) == [1, 3, 4, 6, 7, 8])
        }
    }

    @Test("an organisation with much that is due is asked for a few at once, until nothing is left")
    func concurrency() async throws {
        try await SimulatedWorld.run { world in
            let addresses = (0..<60).map { "m\($0)@large.example" }
            try await world.connect(addresses, status: .active, first: 1) { _ in 60 }
            // Microsoft is slow enough that calls overlap.
            var slow = Fault()
            slow.operation = .token
            slow.latencyMilliseconds = 50
            world.microsoft.addFault(slow)
            world.microsoft.clearRequests()
            try await world.live(until: SimulatedWorld.start.addingTimeInterval(3_600), step: 0)
            #expect(world.microsoft.calls.all.refreshes == 60)
            #expect((2...MaintainGrants.perOrganization).contains(world.microsoft.calls.highestOrganizationConcurrency))
            #expect(world.warnings.texts == [])
        }
    }

    @Test("one that another transaction holds is passed over, and the others are claimed at once")
    func heldElsewhere() async throws {
        try await SimulatedWorld.run { world in
            try await world.connect((1...3).map { "m\($0)@corp\($0).example" }, status: .active, first: 1) { _ in 60 }
            let then = world.clock.now.addingTimeInterval(60)
            let due = try await world.worker.due.find(at: then, limit: 10)
            let (isHeld, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let partnerData = Task {
                try await world.database.transaction { transaction in
                    _ = try transaction.query(
                        "SELECT grant_id FROM grants WHERE tenant_id = 1 AND grant_id = 2 FOR UPDATE")
                    isHeld.signal()
                    mayEnd.wait()
                }
            }
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    isHeld.wait()
                    continuation.resume()
                }
            }
            defer { mayEnd.signal() }
            let claimed = try await world.worker.due.claim(due, at: then)
            #expect(claimed.map(\.grant.id) == [1, 3])
            mayEnd.signal()
            try await partnerData.value
            #expect(try await world.worker.due.claim(due, at: then).map(\.grant.id) == [2])
        }
    }

    @Test("where some cannot be claimed, those that were claimed before are maintained all the same")
    func partOfAClaim() async throws {
        try await SimulatedWorld.run { world in
            // One more than a batch; the last cannot be claimed.
            let count = 65
            try await world.connect((1...count).map { "m\($0)@corp\($0).example" }, status: .active, first: 1) {
                Double($0 + 1)
            }
            _ = try await world.database.write(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$")
            _ = try await world.database.write(
                """
                CREATE TRIGGER refuse BEFORE UPDATE ON grants FOR EACH ROW WHEN (OLD.grant_id = 65)
                EXECUTE FUNCTION refuse()
                """)
            try await world.partitions.ensure()
            world.clock.move(to: SimulatedWorld.start.addingTimeInterval(100))
            var refreshed = 0
            while refreshed < count - 1, world.warnings.texts.count < 500 {
                world.work.grants.raise()
                refreshed =
                    try await world.database.read(
                        "SELECT count(*) AS n FROM grants WHERE tenant_id = 1 AND refreshed_at > \(SimulatedWorld.start)"
                    ).scalar("n") ?? 0
            }
            #expect(refreshed == count - 1)
        }
    }
}
