import Foundation
import HearthRules
import Logging
import Postgres
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import HearthCore

/// Jobs on a real database: slices, leases, cancellation, retries.
@Suite("Jobs", .timeLimit(.minutes(2)))
struct JobTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    private func withDatabase(_ body: @escaping (Database) async throws -> Void) async throws {
        try await TestDatabase.migrated { test in
            try await test.connected { database in
                _ = try await database.write("CREATE TABLE units (unit bigint NOT NULL, lease_no bigint NOT NULL)")
                _ = try await database.write(
                    "INSERT INTO tenants (tenant_id, name, created_at) VALUES (1, 'T', \(Self.start))")
                try await body(database)
            }
        }
    }

    private func insert(_ id: Int64, into database: Database) async throws {
        let caller = Caller(tenantID: 1, actor: "api_key:7", requestID: "r")
        _ = try await database.write(
            JobStore.insertion(
                of: Job(.eventReplay, id: id, parameters: "{}", total: nil, by: caller, at: Self.start)))
    }

    /// Ten units in slices of three. Each unit is a row, and unit 5 fails.
    private struct Counting: JobRunner {
        let kind = Job.Kind.eventReplay

        func step(_ job: Job) async throws -> JobStep {
            let units = Array((job.position..<min(job.position + 3, 10)))
            let lease = job.lease
            var step = JobStep(position: (units.last ?? 9) + 1, total: 10)
            step.problems = units.filter { $0 == 5 }.map { JobProblem(unit: $0, code: "NO", message: "no") }
            step.succeeded = Int64(units.count - step.problems.count)
            step.isFinished = step.position == 10
            step.effect = { transaction in
                for unit in units where unit != 5 {
                    transaction.write("INSERT INTO units (unit, lease_no) VALUES (\(unit), \(lease))")
                }
            }
            return step
        }
    }

    /// Every slice fails.
    private final class Failing: JobRunner {
        struct Fault: Error {}
        let kind = Job.Kind.eventReplay

        func step(_ job: Job) async throws -> JobStep { throw Fault() }
    }

    private func units(_ database: Database) async throws -> [Int64] {
        try await database.read("SELECT unit FROM units ORDER BY unit").map { try $0["unit"] }
    }

    /// Runs the worker until `done` holds for job 9.
    private func run(
        _ runner: any JobRunner, on database: Database, at now: @escaping @Sendable () -> Date = { Self.start },
        until done: @escaping (Job) -> Bool
    ) async throws -> Job {
        let store = JobStore(database: database)
        let work = WorkSignals(database)
        let ring = try KeyRing("k1:" + Data(repeating: 7, count: 32).base64EncodedString())
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let jobs = RunJobs(
            runners: [runner], store: store,
            recorder: AuditRecorder(keyRing: ring, randomBytes: { Array(repeating: 1, count: $0) }), work: work,
            now: now,
            logger: logger)
        let worker = LeasedWorker(
            jobs, signal: work.jobs, hold: QuarantineHold(quarantine: Quarantine(), database: database),
            meters: Meters(),
            now: now, logger: logger)
        let task = Task { try await worker.run() }
        defer { task.cancel() }
        while true {
            if let job = try await store.find(9, of: 1), done(job) { return job }
            work.jobCommitted()
            await Task.yield()
        }
    }

    @Test("slices go on from where the last one ended, each unit once, problems are kept")
    func slices() async throws {
        try await withDatabase { database in
            try await insert(9, into: database)
            let job = try await run(Counting(), on: database) { $0.status != .running }
            #expect(job.status == .completed)
            #expect((job.total, job.succeeded, job.failed) == (10, 9, 1))
            #expect(job.finishedAt == Self.start)
            #expect(try await units(database) == [0, 1, 2, 3, 4, 6, 7, 8, 9])
            let problems = try await JobStore(database: database).problems(of: 9, tenant: 1)
            #expect(problems == [JobProblem(unit: 5, code: "NO", message: "no")])
        }
    }

    @Test("a process that has lost its lease commits nothing")
    func lostLease() async throws {
        try await withDatabase { database in
            let store = JobStore(database: database)
            try await insert(9, into: database)
            let slow = try #require(try await store.claim(9, of: 1, at: Self.start))
            #expect(try await store.claim(9, of: 1, at: Self.start) == nil)
            let later = Self.start.addingTimeInterval(JobStore.lease)
            let quick = try #require(try await store.claim(9, of: 1, at: later))
            #expect(try await store.commit(Counting().step(quick), of: quick, at: later) != nil)
            #expect(try await store.commit(Counting().step(slow), of: slow, at: later) == nil)
            #expect(try await units(database) == [0, 1, 2])
            let lease: Int64 = try #require(try await database.read("SELECT max(lease_no) AS n FROM units").first)["n"]
            #expect(lease == 2)
        }
    }

    @Test("a cancelled job stops between two slices and keeps what it has done")
    func cancellation() async throws {
        try await withDatabase { database in
            let store = JobStore(database: database)
            try await insert(9, into: database)
            let job = try #require(try await store.claim(9, of: 1, at: Self.start))
            let next = try #require(try await store.commit(Counting().step(job), of: job, at: Self.start))
            let cancelled = try await database.transaction { transaction in
                try JobStore.cancel(9, of: 1, because: .requested, at: Self.start, in: &transaction)
            }
            #expect(cancelled?.status == .cancelled)
            #expect(cancelled?.endReason == .requested)
            #expect(try await store.commit(Counting().step(next), of: next, at: Self.start) == nil)
            #expect(try await units(database) == [0, 1, 2])
            #expect(try await store.due(at: .distantFuture).isEmpty)
        }
    }

    @Test("a job of a suspended tenant waits between two slices, and goes on where it stood")
    func suspension() async throws {
        try await withDatabase { database in
            let store = JobStore(database: database)
            try await insert(9, into: database)
            let job = try #require(try await store.claim(9, of: 1, at: Self.start))
            let next = try #require(try await store.commit(Counting().step(job), of: job, at: Self.start))
            #expect(try await store.standing(of: next) == .good)
            _ = try await database.write("UPDATE tenants SET status = 'suspended' WHERE tenant_id = 1")
            #expect(try await store.standing(of: next) == .waits)
            try await store.release(next, at: Self.start)
            #expect(try await store.due(at: .distantFuture).isEmpty)
            _ = try await database.write("UPDATE tenants SET status = 'active' WHERE tenant_id = 1")
            let done = try await run(Counting(), on: database) { $0.status != .running }
            #expect(done.status == .completed)
            #expect(try await units(database) == [0, 1, 2, 3, 4, 6, 7, 8, 9])
        }
    }

    @Test("a job ends with its reason when the key that began it is revoked, and not when it expires")
    func revokedKey() async throws {
        try await withDatabase { database in
            _ = try await database.write(
                """
                INSERT INTO api_keys (tenant_id, key_id, name, digest, scopes, created_at, expires_at)
                VALUES (1, 7, 'k', \([UInt8](repeating: 1, count: 32)), '{webhooks}', \(Self.start), \(Self.start))
                """)
            let store = JobStore(database: database)
            try await insert(9, into: database)
            let job = try #require(try await store.claim(9, of: 1, at: Self.start))
            _ = try await store.commit(Counting().step(job), of: job, at: Self.start)
            #expect(try await store.standing(of: job) == .good)
            try await store.release(job, at: Self.start)
            _ = try await database.write(
                "UPDATE api_keys SET revoked_at = \(Self.start) WHERE tenant_id = 1 AND key_id = 7")
            let ended = try await run(Counting(), on: database) { $0.status != .running }
            #expect((ended.status, ended.endReason) == (.cancelled, .keyRevoked))
            #expect(try await units(database) == [0, 1, 2])
        }
    }

    @Test("a job that cannot be done is tried again for a while, then given up")
    func givenUp() async throws {
        try await withDatabase { database in
            try await insert(9, into: database)
            // Every reading of the clock is 1,000 s later than the one before, so that every pause is over at once.
            let looks = Mutex(0.0)
            let job = try await run(
                Failing(), on: database,
                at: {
                    looks.withLock { looks in
                        looks += 1_000
                        return Self.start.addingTimeInterval(looks)
                    }
                }
            ) { $0.status != .running }
            #expect(job.status == .failed)
            #expect(job.endReason == .givenUp)
            #expect(job.retries == 20)
        }
    }

    /// Jobs of twenty slices. Records the tenants in the order of their slices.
    private final class Long: JobRunner {
        let kind = Job.Kind.eventReplay
        private let turns = Mutex<[Int64]>([])
        var order: [Int64] { turns.withLock { $0 } }

        func step(_ job: Job) async throws -> JobStep {
            turns.withLock { $0.append(job.tenantID) }
            return JobStep(position: job.position + 1, isFinished: job.position == 19)
        }
    }

    @Test("long jobs of as many tenants as there are places do not hold up another tenant's")
    func fairness() async throws {
        try await withDatabase { database in
            for tenant in Int64(1)...6 {
                if tenant > 1 {
                    _ = try await database.write(
                        "INSERT INTO tenants (tenant_id, name, created_at) VALUES (\(tenant), 'T', \(Self.start))")
                }
                let caller = Caller(tenantID: tenant, actor: "api_key:7", requestID: "r")
                let id = tenant == 1 ? 9 : 100 + tenant
                _ = try await database.write(
                    JobStore.insertion(
                        of: Job(.eventReplay, id: id, parameters: "{}", total: nil, by: caller, at: Self.start)))
            }
            // Every reading of the clock is a little later, so that the tenant served last has waited the shortest.
            let looks = Mutex(0.0)
            let runner = Long()
            _ = try await run(
                runner, on: database,
                at: {
                    looks.withLock { looks in
                        looks += 0.001
                        return Self.start.addingTimeInterval(looks)
                    }
                }
            ) { job in job.status != .running && runner.order.count == 120 }
            for tenant in Int64(1)...6 {
                let first = try #require(runner.order.firstIndex(of: tenant))
                #expect(first < 20, "tenant \(tenant) waited for \(first) slices")
                #expect(runner.order.count { $0 == tenant } == 20)
            }
        }
    }

    @Test("of one tenant the older job goes first, to its end")
    func order() async throws {
        try await withDatabase { database in
            try await insert(9, into: database)
            let caller = Caller(tenantID: 1, actor: "api_key:7", requestID: "r")
            // Each process allocates ids in blocks, so ids do not reflect the order.
            _ = try await database.write(
                JobStore.insertion(
                    of: Job(
                        .eventReplay, id: 8, parameters: "{}", total: nil, by: caller,
                        at: Self.start.addingTimeInterval(1)
                    )))
            let store = JobStore(database: database)
            let later = Self.start.addingTimeInterval(10)
            #expect(try await store.due(at: later).map(\.id) == [9])
            let job = try #require(try await store.claim(9, of: 1, at: later))
            _ = try await store.commit(Counting().step(job), of: job, at: later)
            #expect(try await store.due(at: later).map(\.id) == [9])
        }
    }

    @Test("a slice reads its own units alone, in the order in which they were given")
    func units() async throws {
        try await withDatabase { database in
            let caller = Caller(tenantID: 1, actor: "api_key:7", requestID: "r")
            let units = (0..<10_000).map { Int64(1_000_000 - $0) }
            let job = Job(
                .campaignActions, id: 9, parameters: #"{"action":"pause"}"#, total: 10_000, by: caller, at: Self.start)
            _ = try await database.write(JobStore.insertion(of: job, units: units))
            let store = JobStore(database: database)
            #expect(try await store.units(of: job, from: 0, limit: 8) == Array(units[0..<8]))
            #expect(try await store.units(of: job, from: 9_992, limit: 8) == Array(units[9_992...]))
            #expect(try await store.units(of: job, from: 9_996, limit: 8) == Array(units[9_996...]))
            #expect(try await store.units(of: job, from: 10_000, limit: 8) == [])
            try await insert(10, into: database)
            let other = try #require(try await store.find(10, of: 1))
            await #expect(throws: JobStore.NoUnits.self) { try await store.units(of: other, from: 0, limit: 8) }
            #expect(try #require(try await store.find(9, of: 1)).parameters.utf8.count < 100)
        }
    }
}
