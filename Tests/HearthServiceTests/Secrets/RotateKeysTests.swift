import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import HearthCore

/// Rotation on a real database: every column, a concurrent writer, values that cannot be opened, the retirement of a key.
@Suite("Key rotation", .timeLimit(.minutes(2)))
struct RotateKeysTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)
    private static let one = "k1:" + Data(repeating: 1, count: 32).base64EncodedString()
    private static let two = "k2:" + Data(repeating: 2, count: 32).base64EncodedString()
    private static let tenants: [Int64] = [1, 2]

    private func withDatabase(_ body: @escaping (Database, SealedRows) async throws -> Void) async throws {
        try await TestDatabase.migrated { test in
            try await test.connected { database in
                let rows = SealedRows(database: database, now: Self.now)
                for tenant in Self.tenants { try await rows.insert(tenant: tenant, ring: try KeyRing(Self.one)) }
                try await body(database, rows)
            }
        }
    }

    private func rotation(
        _ database: Database, ring: String, at now: Date = now,
        progress: @escaping @Sendable (RotationProgress) -> Void = { _ in }
    ) throws -> RotateKeys {
        RotateKeys(database: database, ring: try KeyRing(ring), now: { now }, waits: false, progress: progress)
    }

    @Test("every value of every column is sealed by the newest key afterwards, and opens to what it was")
    func everything() async throws {
        try await withDatabase { database, rows in
            let count = SealedColumn.all.count * Self.tenants.count
            let outcome = try await self.rotation(database, ring: Self.two + "," + Self.one).run()
            #expect(outcome.resealed == count)
            #expect(outcome.problems.isEmpty)
            #expect(outcome.stillSealing.isEmpty)
            let alone = try KeyRing(Self.two)
            for tenant in Self.tenants {
                #expect(try await rows.plaintexts(tenant: tenant, ring: alone) == SealedRows.plaintexts(tenant: tenant))
            }
            #expect(try await self.rotation(database, ring: Self.two + "," + Self.one).run().resealed == 0)
        }
    }

    @Test("what was written meanwhile is never overwritten")
    func concurrentWrite() async throws {
        try await withDatabase { database, rows in
            let column = try #require(SealedColumn.all.first { $0.purpose == .refreshToken })
            let values = SealedValues(database: database, column: column)
            let page = try await values.page(after: nil, leavingOut: nil, limit: 1)
            let value = try #require(page.first)
            let ring = try KeyRing(Self.one)
            let fresh = try ring.seal(Array("rotated".utf8), for: column.place(tenant: value.tenantID, row: value.row))
            _ = try await database.write(
                "UPDATE grants SET refresh_token = \(fresh) WHERE tenant_id = \(value.tenantID)")
            let stale = try ring.seal(Array("stale".utf8), for: column.place(tenant: value.tenantID, row: value.row))
            #expect(try await values.replace([(value, stale)]) == 0)
            let stored = try #require(try await values.page(after: nil, leavingOut: nil, limit: 1).first)
            #expect(stored.bytes == fresh)
        }
    }

    @Test("values of another tenant's row are left and named, the rest is re-sealed, and their key stays")
    func moved() async throws {
        try await withDatabase { database, rows in
            _ = try await database.write(
                """
                UPDATE webhook_endpoints SET secret = (SELECT secret FROM webhook_endpoints WHERE tenant_id = 2)
                WHERE tenant_id = 1
                """)
            let registry = KeyRegistry(database: database)
            try await registry.announce(try KeyRing(Self.one), at: Self.now.addingTimeInterval(-1_000))
            let outcome = try await self.rotation(database, ring: Self.two + "," + Self.one).run()
            #expect(outcome.resealed == SealedColumn.all.count * 2 - 1)
            #expect(outcome.problems.map { "\($0.column) \($0.tenantID)" } == ["webhook_endpoints.secret 1"])
            #expect(outcome.retired.isEmpty)
            #expect(try await registry.entries().map(\.id) == ["k1", "k2"])
        }
    }

    @Test("a former key is retired when no value has it and its last announcement has run out")
    func retirement() async throws {
        try await withDatabase { database, rows in
            let registry = KeyRegistry(database: database)
            try await registry.announce(try KeyRing(Self.one), at: Self.now)
            let both = Self.two + "," + Self.one
            #expect(try await registry.problem(with: try KeyRing(both)) == nil)
            #expect(try await registry.problem(with: try KeyRing(Self.two))?.contains("'k1'") == true)

            let early = try await self.rotation(database, ring: both).run()
            #expect(early.stillSealing == ["k1"])
            #expect(early.retired.isEmpty)
            #expect(try await registry.problem(with: try KeyRing(Self.two)) != nil)

            // A process that still seals with the former key has written again.
            try await rows.insert(tenant: 3, ring: try KeyRing(Self.one))
            let later = Self.now.addingTimeInterval(KeyRegistry.life)
            let late = try await self.rotation(database, ring: both, at: later).run()
            #expect(late.resealed == SealedColumn.all.count)
            #expect(late.retired == ["k1"])
            #expect(late.stillSealing.isEmpty)
            #expect(try await registry.problem(with: try KeyRing(Self.two)) == nil)
        }
    }

    @Test("another key under a known id is objected to")
    func otherKey() async throws {
        try await withDatabase { database, _ in
            let registry = KeyRegistry(database: database)
            try await registry.announce(try KeyRing(Self.one), at: Self.now)
            let other = "k1:" + Data(repeating: 9, count: 32).base64EncodedString()
            #expect(try await registry.problem(with: try KeyRing(other))?.contains("a different key") == true)
        }
    }

    @Test("progress counts up to the total")
    func progress() async throws {
        try await withDatabase { database, _ in
            let seen = Mutex<[RotationProgress]>([])
            _ = try await self.rotation(database, ring: Self.two + "," + Self.one) { progress in
                seen.withLock { $0.append(progress) }
            }.run()
            let total = SealedColumn.all.count * 2
            #expect(seen.withLock { $0.map(\.done) } == Array(stride(from: 2, through: total, by: 2)))
            #expect(seen.withLock { $0.allSatisfy { $0.total == total } })
            let half = RotationProgress(column: "grants.access_token", done: 250, total: 1_000, elapsed: .seconds(5))
            #expect(half.words == "grants.access_token: 250 of 1000 values (25 %), 50 a second, about 15 s left")
        }
    }
}
