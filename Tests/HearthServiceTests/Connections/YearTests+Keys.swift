import Foundation
import HearthRules
import HearthTesting
import MicrosoftSimulator
import Postgres
import Synchronization
import Testing

@testable import HearthCore

/// Two changes of the encryption key within the year, each as described in the operator's guide.
extension YearTests {
    /// More than ten days pass meanwhile. The process must be idle when this is called.
    static func changeKey(_ world: SimulatedWorld, from former: String, to newest: String) async throws {
        // The key cannot simply be replaced.
        await #expect(throws: KeyRefusal.self) { try await world.restart(keys: newest) }
        try await world.restart(keys: former + "," + newest)
        try await world.live(until: world.clock.now.addingTimeInterval(day), step: step)
        try await world.restart(keys: newest + "," + former)

        let before = world.microsoft.calls.all.refreshes
        try await rotate(world, newest + "," + former, former + "," + newest, while: 10 * day)
        #expect(world.microsoft.calls.all.refreshes > before + 100, "tokens were renewed meanwhile")

        _ = try await rotate(world, newest + "," + former)
        try await world.live(until: world.clock.now.addingTimeInterval(KeyRegistry.life), step: step)
        let last = try await rotate(world, newest + "," + former)
        #expect(last.stillSealing == [])
        #expect(try await world.registry.entries().map(\.id) == [KeyRing(newest).newestID], "the former key is retired")
        try await world.restart(keys: newest)
    }

    /// Re-seals everything with the two rings in turn while time advances, so that refreshes happen concurrently.
    private static func rotate(
        _ world: SimulatedWorld, _ forth: String, _ back: String, while span: TimeInterval
    ) async throws {
        let hasEnded = Mutex(false)
        let end = world.clock.now.addingTimeInterval(span)
        async let life: Void = {
            defer { hasEnded.withLock { $0 = true } }
            try await world.live(until: end, step: step)
        }()
        var isForth = true
        while !hasEnded.withLock({ $0 }) {
            _ = try await rotate(world, isForth ? forth : back)
            isForth.toggle()
        }
        try await life
    }

    private static func rotate(_ world: SimulatedWorld, _ ring: String) async throws -> RotateKeys.Outcome {
        let outcome = try await RotateKeys(
            database: world.database, ring: KeyRing(ring), now: { world.clock.now }, waits: false, progress: { _ in }
        ).run()
        #expect(outcome.problems.map(\.description) == [])
        return outcome
    }

    /// Expects that every sealed value has the newest key and opens with that key alone.
    static func expectSealed(_ world: SimulatedWorld, by key: String) async throws {
        let ring = try KeyRing(key)
        #expect(try await world.registry.problem(with: ring) == nil)
        var tokens = 0
        for column in SealedColumn.all {
            let values = SealedValues(database: world.database, column: column)
            var last: SealedValue?
            while let page = try await nonempty(values.page(after: last, leavingOut: nil, limit: 500)) {
                last = page.last
                for value in page {
                    #expect(KeyRing.keyID(of: value.bytes) == ring.newestID)
                    #expect(throws: Never.self) {
                        try ring.open(value.bytes, for: column.place(tenant: value.tenantID, row: value.row))
                    }
                }
                if column.purpose == .refreshToken { tokens += page.count }
            }
        }
        let live = groups.filter { $0.keepsGrant }.map(\.count).reduce(0, +)
        #expect(tokens == live, "those whose grant has ended have none")
    }

    private static func nonempty(_ page: [SealedValue]) -> [SealedValue]? { page.isEmpty ? nil : page }
}
