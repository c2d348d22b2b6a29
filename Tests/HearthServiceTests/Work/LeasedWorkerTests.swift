import Foundation
import HearthTesting
import Logging
import Postgres
import ServiceLifecycle
import Synchronization
import Testing

@testable import HearthCore

/// The worker loop. It never waits for time to pass, because the tests replace its sleep.
@Suite("The loop of leased work", .timeLimit(.minutes(2)))
struct LeasedWorkerTests {
    /// Records the sleeps of a loop. They end at once, except for the wait for a signal, which must be raised.
    private final class Sleeps: Sendable {
        private let kept = Mutex<[Duration]>([])
        /// The pauses after failed polls.
        var pauses: [Duration] { kept.withLock { $0 } }

        func sleep(_ duration: Duration) async {
            if duration == LeasedWorker<TestWork>.interval {
                try? await Task.sleep(for: .seconds(3_600))
            } else if duration > LeasedWorker<TestWork>.interval {
                kept.withLock { $0.append(duration) }
            }
        }
    }

    private struct Loop {
        let work = TestWork()
        let signal = Signal()
        let sleeps = Sleeps()
        let meters = Meters()
        let worker: LeasedWorker<TestWork>

        init(_ service: TestService) {
            let sleeps = sleeps
            var worker = LeasedWorker(
                work, signal: signal, hold: QuarantineHold(quarantine: Quarantine(), database: service.database),
                meters: meters, now: service.dependencies.now, logger: service.dependencies.logger)
            worker.sleep = { await sleeps.sleep($0) }
            self.worker = worker
        }

        func metric(_ name: String) -> String? {
            meters.prometheus.render().split(separator: "\n").first { $0.hasPrefix("hearth_worker_\(name){") }
                .flatMap { $0.split(separator: " ").last.map(String.init) }
        }
    }

    /// - Returns: the loop after it has ended.
    @discardableResult
    private func running(
        _ body: @Sendable (Loop, Task<Void, any Error>) async throws -> Void
    ) async throws -> Loop {
        let ended = Mutex<Loop?>(nil)
        try await TestService.with { service in
            let loop = Loop(service)
            ended.withLock { $0 = loop }
            let task = Task { try await loop.worker.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body(loop, task)) } catch { result = .failure(error) }
            task.cancel()
            try await task.value
            try result.get()
        }
        return try #require(ended.withLock { $0 })
    }

    /// Waits for all of these events, in any order, and returns all events up to then.
    @discardableResult
    private func expect(_ wanted: String..., of work: TestWork) async throws -> [String] {
        var missing = wanted
        var seen: [String] = []
        while !missing.isEmpty {
            let next = await work.next()
            let event = try #require(next)
            seen.append(event)
            if let index = missing.firstIndex(of: event) { missing.remove(at: index) }
        }
        return seen
    }

    @Test("a signal wakes it; what is found is claimed, acted on and settled")
    func signal() async throws {
        let loop = try await running { loop, _ in
            try await expect("nothing due", of: loop.work)
            loop.work.add(1, 2)
            loop.signal.raise()
            try await expect("begun 1", "settled 1", "begun 2", "settled 2", "nothing due", of: loop.work)
        }
        #expect(loop.metric("claimed_total") == "2")
        #expect(loop.metric("settled_total") == "2")
        #expect(loop.metric("in_flight") == "0")
        #expect(loop.worker.slots.free == TestWork.limits.whole)
    }

    @Test("no more is in flight than may be, and what ends makes room at once")
    func limits() async throws {
        try await running { loop, _ in
            loop.work.slow(1, 2, 3, 4)
            loop.work.add(1, 2, 3, 4)
            loop.work.add(11, 12, tenant: 2)
            loop.signal.raise()
            // The limits are three per tenant and four in total.
            let seen = try await expect("begun 1", "begun 2", "begun 3", "settled 11", "settled 12", of: loop.work)
            #expect(!seen.contains("begun 4"), "a tenant has three")
            loop.work.finish()
            try await expect("settled 1", "settled 2", "settled 3", "settled 4", of: loop.work)
        }
    }

    @Test("successors are done under the same lease")
    func successors() async throws {
        let loop = try await running { loop, _ in
            loop.work.steps(3, of: 1)
            loop.work.add(1)
            loop.signal.raise()
            let seen = try await expect("settled 1", "settled 1", "settled 1", of: loop.work)
            #expect(seen.filter { $0 == "begun 1" }.count == 3)
        }
        #expect(loop.metric("claimed_total") == "1")
    }

    @Test("where some cannot be claimed, those that were claimed before are carried out, and the slots are free again")
    func partOfAClaim() async throws {
        let loop = try await running { loop, _ in
            // Otherwise it might look between the calls below, and do both at once.
            try await expect("nothing due", of: loop.work)
            loop.work.refuse(13)
            loop.work.add(1, 2)
            loop.work.add(13, tenant: 2)
            loop.signal.raise()
            try await expect("settled 1", of: loop.work)
            loop.signal.raise()
            try await expect("settled 2", of: loop.work)
        }
        #expect(loop.worker.slots.free == TestWork.limits.whole)
    }

    @Test("what could not be acted on is neither settled nor released: its lease has to end")
    func broken() async throws {
        let loop = try await running { loop, _ in
            loop.work.breakDown(1)
            loop.work.add(1)
            loop.signal.raise()
            let seen = try await expect("begun 1", "nothing due", of: loop.work)
            #expect(!seen.contains("settled 1") && !seen.contains("released 1"))
            loop.work.add(2)
            loop.signal.raise()
            try await expect("settled 2", of: loop.work)
        }
        #expect(loop.metric("failed_total") == "1")
        #expect(loop.worker.slots.free == TestWork.limits.whole)
    }

    @Test("while the database does not answer it looks less and less often, whatever wakes it; then as before")
    func backOff() async throws {
        try await TestService.with { service in
            let loop = Loop(service)
            loop.work.failLooks(6)
            loop.work.add(1)
            loop.signal.raise()
            let task = Task { try await loop.worker.run() }
            try await expect("settled 1", of: loop.work)
            #expect(Array(loop.sleeps.pauses.prefix(6)) == [2, 4, 8, 10, 10, 10].map { Duration.seconds($0) })
            #expect(loop.metric("looks_failed_total") == "6")
            task.cancel()
            try await task.value
        }
    }

    @Test("at a graceful shutdown nothing more is claimed, and what is held is finished")
    func drain() async throws {
        try await TestService.with { service in
            let loop = Loop(service)
            let group = ServiceGroup(
                configuration: .init(services: [loop.worker], logger: service.dependencies.logger))
            let task = Task { try await group.run() }
            loop.work.slow(1)
            loop.work.add(1)
            loop.signal.raise()
            try await expect("begun 1", of: loop.work)
            await group.triggerGracefulShutdown()
            loop.work.add(2)
            loop.signal.raise()
            loop.work.finish()
            try await task.value
            var seen: [String] = []
            while seen.last != "settled 1" {
                let next = await loop.work.next()
                seen.append(try #require(next))
            }
            #expect(!seen.contains("begun 2"))
            #expect(loop.metric("claimed_total") == "1")
        }
    }

    @Test("what cannot be finished before the process ends is released")
    func cancellation() async throws {
        try await running { loop, task in
            loop.work.slow(1)
            loop.work.add(1)
            loop.signal.raise()
            try await expect("begun 1", of: loop.work)
            task.cancel()
            let seen = try await expect("released 1", of: loop.work)
            #expect(!seen.contains("settled 1"))
        }
    }

    @Test("when a quarantine begins nothing more is claimed, and work goes on when it is over")
    func quarantine() async throws {
        try await TestService.with { service in
            let loop = Loop(service)
            let (quarantine, database) = (loop.worker.hold.quarantine, service.database)
            let task = Task { try await loop.worker.run() }
            try await expect("nothing due", of: loop.work)
            _ = try await database.write("DELETE FROM installation")
            quarantine.doubt()
            _ = try await quarantine.look(database)
            // If it were claimed in quarantine, it would be released and never found again.
            loop.work.add(1)
            loop.signal.raise()
            _ = try await database.write(
                """
                INSERT INTO installation (database_oid) SELECT oid FROM pg_database WHERE datname = current_database()
                """)
            _ = try await quarantine.look(database)
            loop.signal.raise()
            let seen = try await expect("begun 1", "settled 1", of: loop.work)
            #expect(!seen.contains("released 1"))
            task.cancel()
            try await task.value
        }
    }
}
