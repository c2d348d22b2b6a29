import Foundation
import HearthRules
import HearthTesting
import Logging
import MicrosoftSimulator
import Postgres
import Testing

@testable import HearthCore
@testable import HearthMailboxes
@testable import HearthMicrosoft
@testable import HearthOperations
@testable import HearthWeb

/// How refusals of an application by Microsoft are recorded and announced.
@Suite("Refusals of an application", .timeLimit(.minutes(5)))
struct RefusalTests {
    /// Two mailboxes connected through the tenant's own application 7.
    private func withOwnApplication(_ body: @escaping @Sendable (SimulatedWorld) async throws -> Void) async throws {
        try await SimulatedWorld.run { world in
            try await world.connect(["a@corp.example", "b@corp.example"], status: .paused, first: 1) { _ in 1e8 }
            try await world.own(application: 7, secretEnds: nil)
            _ = try await world.database.write("UPDATE grants SET app_id = 7 WHERE tenant_id = 1")
            try await world.partitions.ensure()
            try await body(world)
        }
    }

    @Test("it is written down, told once to its tenant, and over when Microsoft accepts it")
    func tenants() async throws {
        try await withOwnApplication { world in
            let key = try #require(world.microsoft.secrets(of: SimulatedWorld.clientID)?.first).keyID
            world.microsoft.expireSecret(key, of: SimulatedWorld.clientID, at: world.clock.now)
            for _ in 0..<3 {
                await #expect(throws: MicrosoftFault.self) { try await world.refresh(1) }
                try await world.tell(by: 3)
                world.clock.move(to: world.clock.now.addingTimeInterval(400))
            }
            #expect(try await world.told() == ["application.refused 7"])
            let warning = try #require(try await world.warnings(of: 1).first)
            #expect(warning.code == .applicationRefused && warning.since == SimulatedWorld.start)
            #expect(warning.text.hasSuffix("Its answer: invalid_client 7000222."))
            #expect(try await ApplicationRefusals.ofOperator(in: world.database) == nil)

            world.microsoft.expireSecret(key, of: SimulatedWorld.clientID, at: nil)
            try await world.refresh(2)
            #expect(try await world.warnings(of: 1) == [])
            try await world.tell(by: 2)
            #expect(try await world.marks() == 0)
            world.microsoft.expireSecret(key, of: SimulatedWorld.clientID, at: world.clock.now)
            await #expect(throws: MicrosoftFault.self) { try await world.refresh(2) }
            try await world.tell(by: 2)
            #expect(try await world.told() == ["application.refused 7", "application.refused 7"])
        }
    }

    @Test("what another process has written down is over when this one is accepted, within a minute")
    func byAnother() async throws {
        try await withOwnApplication { world in
            try await world.refresh(1)
            let refusals = ApplicationRefusals(database: world.database, logger: world.loop.logger)
            for application: Int64? in [7, nil] {
                await refusals.began(application, of: 1, cause: "invalid_client 7000215", at: world.clock.now)
            }
            try await world.refresh(1)
            #expect(try await world.warnings(of: 1).count == 1)
            world.clock.move(to: world.clock.now.addingTimeInterval(60))
            try await world.refresh(1)
            #expect(try await world.warnings(of: 1) == [])
            #expect(try await ApplicationRefusals.ofOperator(in: world.database) != nil, "it has made no call")
        }
    }

    @Test("a new secret ends what is known of the former one")
    func newSecret() async throws {
        try await withOwnApplication { world in
            let refusals = ApplicationRefusals(database: world.database, logger: world.loop.logger)
            let store = try MicrosoftAppStore(database: world.database, keyRing: KeyRing(Keys.first))
            for isSetAnew in [false, true] {
                await refusals.began(7, of: 1, cause: "invalid_client 7000222", at: world.clock.now)
                #expect(try await world.warnings(of: 1).map(\.code) == [.applicationRefused])
                if isSetAnew {
                    let id = try await store.set(
                        clientID: SimulatedWorld.clientID, secret: "new", expiresAt: nil, of: 1, fresh: 8,
                        at: world.clock.now, noting: { _ in AuditInsertion(statement: "SELECT 1") })
                    #expect(id == 7)
                } else {
                    let entry = AuditInsertion(statement: "SELECT 1")
                    #expect(try await store.rotate(7, secret: "new", expiresAt: nil, of: 1, noting: entry))
                }
                #expect(try await world.warnings(of: 1) == [])
            }
        }
    }

    @Test("the operator's secret: before its notice, within it, and after its end")
    func operators() async throws {
        try await SimulatedWorld.run { world in
            let end = SimulatedWorld.start.addingTimeInterval(40 * 86_400)
            let secret = OperatorSecret(text: WatchedValue("s"), end: WatchedValue(RFC3339.format(end)))
            let warnings = OperatorWarnings(database: world.database, secret: secret, keys: 2)
            for (days, code): (Double, WarningCode?) in [
                (9.99, nil), (10, .operatorSecretExpiring), (39.99, .operatorSecretExpiring),
                (40, .operatorSecretExpired),
            ] {
                let now = SimulatedWorld.start.addingTimeInterval(days * 86_400)
                let found = try await warnings.current(at: now)
                #expect(found.first?.code == code && found.count <= 1)
            }
            let bare = OperatorWarnings(
                database: world.database, secret: OperatorSecret(text: WatchedValue("s"), end: nil), keys: 1)
            let found = try await bare.current(at: SimulatedWorld.start)
            #expect(found.map(\.code) == [.operatorSecretEndUnknown, .keyRingWithoutSpare])
        }
    }
}

extension SimulatedWorld {
    fileprivate func refresh(_ grant: Int64) async throws {
        guard let grant = try await worker.connection.store.find(grant, of: 1) else { return }
        try await worker.connection.prove(grant, refreshing: true, within: .seconds(60))
    }
}
