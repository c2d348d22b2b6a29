import Foundation
import HTTPTypes
import HearthTesting
import Outbound
import Postgres
import Synchronization
import Testing

@testable import HearthCore
@testable import HearthWeb

/// Wrong keys cost a bounded number of reads, and a valid key is never refused because of others' failures.
@Suite("Look-ups of API keys", .timeLimit(.minutes(1)))
struct KeyLookUpTests {
    /// The number of statements since the test began to count.
    private struct Reads: Sendable {
        let database: Database
        let before: Int
        var figure: Int { database.statistics.waits - before }
    }

    private final class Time: Sendable {
        private let instant = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { instant.withLock { $0 } }
        func pass(_ time: Duration) { instant.withLock { $0 += time } }
    }

    private struct Door {
        let directory: KeyDirectory
        let failures: FailedAttempts
        let address = IPAddress("203.0.113.7")

        /// Returns the status of an API call with this key.
        func knock(_ key: String, from other: IPAddress? = nil) async throws -> Int {
            let address = other ?? address
            do {
                if try await directory.identity(forKey: key, from: address, failures) != nil { return 200 }
                try failures.count(address)
                return 401
            } catch let refusal as APIError {
                return refusal.status.code
            }
        }
    }

    private func wrongKey(_ number: Int) -> String {
        APIKey(tenantID: 1, keyID: Int64(number + 1), randomBytes: { [UInt8](repeating: 9, count: $0) }).text
    }

    private func withDoor(_ body: @escaping @Sendable (Door, Reads, Time, TestService) async throws -> Void)
        async throws
    {
        let time = Time()
        try await TestService.with { service in
            try await service.insertTenant(1)
            let reads = Reads(database: service.database, before: service.database.statistics.waits)
            try await body(
                Door(
                    directory: KeyDirectory(service.database, now: service.dependencies.now, instant: { time.now }),
                    failures: FailedAttempts(now: { time.now })), reads, time, service)
        }
    }

    private func insertKey(_ id: Int64, _ service: TestService) async throws -> String {
        let key = APIKey(tenantID: 1, keyID: id, randomBytes: SecureRandom.bytes)
        _ = try await service.database.write(
            """
            INSERT INTO api_keys (tenant_id, key_id, name, digest, scopes, created_at)
            VALUES (1, \(id), 'k', \(key.digest), '{campaigns:read}', \(TestService.start))
            """)
        return key.text
    }

    @Test("a flood of different wrong keys from one address: 20 reads, then five a second")
    func flood() async throws {
        try await withDoor { door, reads, time, _ in
            var statuses: [Int: Int] = [:]
            for number in 0..<500 { statuses[try await door.knock(wrongKey(number)), default: 0] += 1 }
            #expect(statuses == [401: 20, 429: 480])
            #expect(reads.figure == 25)
            time.pass(.seconds(1))
            for number in 500..<600 { #expect(try await door.knock(wrongKey(number)) == 429) }
            #expect(reads.figure == 30)
            // Other addresses are not affected.
            #expect(try await door.knock(wrongKey(1), from: IPAddress("203.0.113.8")) == 401)
        }
    }

    @Test("a key that was good within the hour passes, however many wrong ones come from its address")
    func goodKey() async throws {
        try await withDoor { door, _, time, service in
            let key = try await insertKey(7, service)
            #expect(try await door.knock(key) == 200)
            for number in 0..<200 { _ = try await door.knock(wrongKey(number)) }
            #expect(try await door.knock(key) == 200)
            // Its identity is no longer cached, so it is looked up again.
            for round in 1...10 {
                time.pass(.seconds(2))
                for number in 0..<50 { _ = try await door.knock(wrongKey(round * 1_000 + number)) }
                #expect(try await door.knock(key) == 200)
            }
            _ = try await service.database.write(
                "UPDATE api_keys SET revoked_at = \(TestService.start) WHERE tenant_id = 1 AND key_id = 7")
            time.pass(.seconds(2))
            for number in 0..<50 { _ = try await door.knock(wrongKey(20_000 + number)) }
            // It is looked up once more; from then on it is treated like any other wrong key.
            #expect(try await door.knock(key) == 429)
            #expect(try await door.knock(key) == 429)
        }
    }

    @Test("a wrong key that is repeated costs one read a minute, and keeps no other key from its look-up")
    func repeated() async throws {
        try await withDoor { door, reads, time, service in
            let key = try await insertKey(7, service)
            let before = reads.figure
            for _ in 0..<500 { _ = try await door.knock(wrongKey(1)) }
            #expect(reads.figure - before == 1)
            #expect(try await door.knock(key) == 200)
            time.pass(.seconds(60))
            #expect(try await door.knock(wrongKey(1)) == 401)
            #expect(reads.figure - before == 3)
        }
    }

    @Test("a key that is new to the process waits for a look-up at most as long as the flood lasts")
    func newKey() async throws {
        try await withDoor { door, _, time, service in
            let key = try await insertKey(7, service)
            for number in 0..<200 { _ = try await door.knock(wrongKey(number)) }
            #expect(try await door.knock(key) == 429)
            time.pass(.seconds(1))
            #expect(try await door.knock(key) == 200)
        }
    }
}
