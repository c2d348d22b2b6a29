import Foundation
import HearthTesting
import Logging
import Postgres
import ServiceLifecycle
import Synchronization
import Testing

@testable import HearthCore
@testable import HearthOperations

/// Two processes on one database and one clock, which the test controls.
@Suite("Periodic tasks of a cluster", .timeLimit(.minutes(2)))
struct ClusterPeriodicTests {
    /// Reports when it begins and how it ends. Can be blocked, or made to fail.
    private final class Task1: PeriodicTask {
        static let name = "task_1"
        static let period: TimeInterval = 60

        struct Fault: Error {}

        let process: String
        let events: Events
        init(_ process: String, _ events: Events) { (self.process, self.events) = (process, events) }

        func run() async throws {
            events.tell("begun by \(process)")
            if events.isHolding { await events.gate.pass() }
            if Task.isCancelled {
                events.tell("cancelled in \(process)")
                // Like stepwise work, which leaves the rest to the next run.
                return
            }
            if events.isFailing { throw Fault() }
            events.tell("done by \(process)")
        }
    }

    /// Also runs in quarantine.
    private struct Task2: PeriodicTask {
        static let name = "task_2"
        static let period: TimeInterval = 60
        static let runsInQuarantine = true
        let events: Events
        func run() async throws { events.tell("second") }
    }

    private final class Events: Sendable {
        let gate = TestGate()
        private let state = Mutex((holding: false, failing: false, begun: 0))
        private let stream = AsyncStream<String>.makeStream()

        var isHolding: Bool { state.withLock { $0.holding } }
        var isFailing: Bool { state.withLock { $0.failing } }
        var begun: Int { state.withLock { $0.begun } }
        func hold() { state.withLock { $0.holding = true } }
        func fail(_ isFailing: Bool) { state.withLock { $0.failing = isFailing } }
        func tell(_ event: String) {
            if event.hasPrefix("begun") { state.withLock { $0.begun += 1 } }
            stream.continuation.yield(event)
        }
        /// Waits for the next event with this prefix.
        func wait(for prefix: String) async throws {
            for await event in stream.stream where event.hasPrefix(prefix) { return }
            throw CancellationError()
        }
    }

    /// A process that polls continuously, and renews its leases when the test tells it to.
    private final class Process: Sendable {
        let name: String
        let looks = Mutex(0)
        let beats = Signal()
        let meters = Meters()
        let cluster: ClusterPeriodic

        init(
            _ name: String, _ tasks: [any PeriodicTask], _ service: TestService, _ clock: ManualClock,
            _ quarantine: Quarantine = Quarantine()
        ) {
            self.name = name
            let database = service.database
            // Set below, because the closure refers to this process.
            let sleeper = Sleeper()
            var cluster = ClusterPeriodic(
                tasks, store: PeriodicTaskStore(database: database),
                hold: QuarantineHold(quarantine: quarantine, database: database), meters: meters,
                now: { clock.now }, logger: service.dependencies.logger)
            cluster.sleep = { duration in
                if let sleep = sleeper.sleep { await sleep(duration) }
            }
            self.cluster = cluster
            sleeper.set { [weak self] duration in await self?.sleep(duration) }
        }

        private func sleep(_ duration: Duration) async {
            if duration > .seconds(1) {
                await beats.wait(atMost: .seconds(3_600))
            } else {
                looks.withLock { $0 += 1 }
                await Task.yield()
            }
        }

        /// Waits until the process has polled this many times.
        func looks(_ count: Int) async {
            let begin = looks.withLock { $0 }
            while looks.withLock({ $0 }) < begin + count, !Task.isCancelled { await Task.yield() }
        }
    }

    private final class Sleeper: Sendable {
        private let body = Mutex<(@Sendable (Duration) async -> Void)?>(nil)
        var sleep: (@Sendable (Duration) async -> Void)? { body.withLock { $0 } }
        func set(_ body: @escaping @Sendable (Duration) async -> Void) { self.body.withLock { $0 = body } }
    }

    private func running<Value>(_ processes: Process..., body: () async throws -> Value) async throws -> Value {
        let tasks = processes.map { process in Task { try await process.cluster.run() } }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        for task in tasks {
            task.cancel()
            try await task.value
        }
        return try result.get()
    }

    private struct Row: Equatable {
        var lease: Int
        var isLeased: Bool
        var failures: Int
        var dueIn: TimeInterval
    }

    private func row(_ service: TestService, _ name: String = "task_1") async throws -> Row {
        let row = try #require(
            try await service.database.read(
                "SELECT lease_no, lease_until, failures, due_at FROM periodic_tasks WHERE task = \(name)"
            ).first)
        let due: Date = try row["due_at"]
        let lease: Date? = try row[nullable: "lease_until"]
        return Row(
            lease: try row["lease_no"], isLeased: lease != nil, failures: try row["failures"],
            dueIn: due.timeIntervalSince(TestService.start))
    }

    private func settled(_ service: TestService, lease: Int) async throws -> Row {
        while true {
            let row = try await row(service)
            if row.lease >= lease, !row.isLeased { return row }
            await Task.yield()
        }
    }

    @Test("a task runs once in each period, whichever process does it")
    func once() async throws {
        try await TestService.with { service in
            let (clock, events) = (ManualClock(TestService.start), Events())
            let one = Process("one", [Task1("one", events)], service, clock)
            let two = Process("two", [Task1("two", events)], service, clock)
            try await running(one, two) {
                // A starting process makes all tasks due, so the number of runs so far varies. From now on it follows the clock.
                await one.looks(5)
                await two.looks(5)
                let first = try await settled(service, lease: 1)
                #expect(first == Row(lease: events.begun, isLeased: false, failures: 0, dueIn: 60))
                for round in 1...3 {
                    clock.move(to: TestService.start.addingTimeInterval(60 * Double(round) - 0.001))
                    await one.looks(5)
                    await two.looks(5)
                    #expect(events.begun == first.lease + round - 1, "not before it is due")
                    clock.move(to: TestService.start.addingTimeInterval(60 * Double(round)))
                    _ = try await settled(service, lease: first.lease + round)
                    await one.looks(5)
                    await two.looks(5)
                    #expect(events.begun == first.lease + round)
                    #expect(try await row(service).dueIn == 60 * Double(round + 1))
                }
            }
            let shown = two.meters.prometheus.render()
            #expect(shown.contains(#"hearth_periodic_failures{task="task_1"} 0"#))
            #expect(shown.contains(#"hearth_periodic_last_success_timestamp_seconds{task="task_1"} 1800000180"#))
        }
    }

    @Test("what a killed process ran is taken over when its lease has ended, and counts as its failure")
    func killed() async throws {
        try await TestService.with { service in
            let (clock, events) = (ManualClock(TestService.start), Events())
            let store = PeriodicTaskStore(database: service.database)
            try await store.register([Task1.name], at: clock.now)
            // Claimed by a process that then dies.
            let dead = try #require(try await store.claim(Task1.name, at: clock.now))
            #expect(try await store.claim(Task1.name, at: clock.now) == nil)
            let heir = Process("heir", [Task1("heir", events)], service, clock)
            try await running(heir) {
                clock.move(to: TestService.start.addingTimeInterval(PeriodicTaskStore.lease - 0.001))
                await heir.looks(5)
                #expect(events.begun == 0)
                events.fail(true)
                clock.move(to: TestService.start.addingTimeInterval(PeriodicTaskStore.lease))
                try await events.wait(for: "begun by heir")
                let row = try await settled(service, lease: 2)
                #expect(row.failures == 2, "the dead one's and the heir's")
                #expect(row.dueIn == PeriodicTaskStore.lease + WorkPause.retry(after: 2, period: 60))
                events.fail(false)
                clock.move(to: TestService.start.addingTimeInterval(row.dueIn))
                #expect(try await settled(service, lease: 3).failures == 0)
            }
            try await store.succeed(dead, dueAt: .distantFuture, at: clock.now)
            try await store.fail(dead, dueAt: .distantFuture)
            #expect(try await !store.renew(dead, at: clock.now))
            #expect(try await row(service).lease == 3)
            #expect(try await row(service).dueIn < 1_000)
        }
    }

    @Test("a long run keeps its lease; one that has lost it is broken off and settles nothing")
    func renewal() async throws {
        try await TestService.with { service in
            let (clock, events) = (ManualClock(TestService.start), Events())
            events.hold()
            let slow = Process("slow", [Task1("slow", events)], service, clock)
            let other = Process("other", [Task1("other", events)], service, clock)
            try await running(slow) {
                try await events.wait(for: "begun by slow")
                try await running(other) {
                    for beat in 1...3 {
                        let then = TestService.start.addingTimeInterval(Double(beat) * PeriodicTaskStore.lease / 2)
                        clock.move(to: then)
                        slow.beats.raise()
                        while try await service.database.read(
                            "SELECT 1 FROM periodic_tasks WHERE lease_until = \(then.addingTimeInterval(PeriodicTaskStore.lease))"
                        ).isEmpty { await Task.yield() }
                        await other.looks(5)
                        #expect(events.begun == 1)
                    }
                    // The process does not renew its lease in time.
                    clock.move(to: clock.now.addingTimeInterval(PeriodicTaskStore.lease))
                    try await events.wait(for: "begun by other")
                    slow.beats.raise()
                    try await events.wait(for: "cancelled in slow")
                    #expect(try await row(service).isLeased, "the other's")
                    events.gate.open()
                    try await events.wait(for: "done by other")
                    #expect(try await settled(service, lease: 2).failures == 0)
                }
            }
        }
    }

    @Test("a run that is broken off by the process's end is released, and another process begins it at once")
    func shutdown() async throws {
        try await TestService.with { service in
            let (clock, events) = (ManualClock(TestService.start), Events())
            events.hold()
            let one = Process("one", [Task1("one", events)], service, clock)
            let group = ServiceGroup(
                configuration: .init(services: [one.cluster], logger: service.dependencies.logger))
            let task = Task { try await group.run() }
            try await events.wait(for: "begun by one")
            await group.triggerGracefulShutdown()
            try await task.value
            #expect(try await row(service) == Row(lease: 1, isLeased: false, failures: 0, dueIn: 0))
            events.gate.open()
            try await running(Process("two", [Task1("two", events)], service, clock)) {
                try await events.wait(for: "done by two")
            }
        }
    }

    @Test("in quarantine only tasks run that send nothing and ask nobody")
    func quarantine() async throws {
        try await TestService.with { service in
            _ = try await service.database.write("DELETE FROM installation")
            let (clock, events) = (ManualClock(TestService.start), Events())
            let process = Process("one", [Task1("one", events), Task2(events: events)], service, clock)
            try await running(process) {
                try await events.wait(for: "second")
                await process.looks(5)
                #expect(events.begun == 0)
                #expect(try await row(service).lease == 0)
            }
        }
    }

    @Test("pauses after failures grow from ten seconds, or the period, to a minute, or the period")
    func pauses() {
        #expect((1...5).map { WorkPause.retry(after: $0, period: 1) } == [1, 2, 4, 8, 16])
        #expect(WorkPause.retry(after: 50, period: 1) == 60)
        #expect((1...4).map { WorkPause.retry(after: $0, period: 10) } == [10, 20, 40, 60])
        #expect(WorkPause.retry(after: 1, period: 21_600) == 10)
        #expect(WorkPause.retry(after: 50, period: 21_600) == 21_600)
    }

    /// Rows of a table of this test. Row 2 cannot be settled.
    private struct Things: DueRows {
        static let name = "things"
        static let rowName = "thing.id"
        struct Fault: Error {}
        let database: Database
        let work: WorkSignals
        let now: @Sendable () -> Date
        let logger: Logger

        func find(at now: Date, limit: Int) async throws -> [DueRow] {
            try await database.read("SELECT id FROM things WHERE NOT done ORDER BY id LIMIT \(limit)").map {
                DueRow(tenantID: 1, id: try $0["id"])
            }
        }

        func settle(_ row: DueRow, at now: Date, in transaction: inout Transaction) throws -> Bool {
            if row.id == 2 { throw Fault() }
            return try transaction.query("UPDATE things SET done = true WHERE id = \(row.id) AND NOT done").affected
                == 1
        }
    }

    @Test("of rows that are due all are settled, and one that cannot be holds up no other")
    func dueRows() async throws {
        try await TestService.with { service in
            _ = try await service.database.write("CREATE TABLE things (id bigint PRIMARY KEY, done boolean NOT NULL)")
            _ = try await service.database.write("INSERT INTO things SELECT n, false FROM generate_series(3, 500) n")
            let things = Things(
                database: service.database, work: service.dependencies.work, now: service.dependencies.now,
                logger: service.dependencies.logger)
            func left() async throws -> [Int64] {
                try await service.database.read("SELECT id FROM things WHERE NOT done ORDER BY id").map { try $0["id"] }
            }
            try await things.run()
            #expect(try await left() == [])
            _ = try await service.database.write("INSERT INTO things VALUES (1, false), (2, false), (501, false)")
            await #expect(throws: RowsLeft.self) { try await things.run() }
            #expect(try await left() == [2])
        }
    }

    @Test("what one process has counted every process shows")
    func gauges() async throws {
        try await TestService.with { service in
            let store = ClusterGaugeStore(database: service.database)
            try await store.replace([ClusterGauge(MetricNames.backlog, count: 3)])
            try await Gauges(database: service.database, now: service.dependencies.now).run()
            let gauges = try await store.all()
            #expect(gauges.contains(ClusterGauge(MetricNames.backlog, count: 0)))
            #expect(gauges.contains(ClusterGauge(MetricNames.campaigns, ("status", "active"), count: 0)))
            try await store.replace([ClusterGauge(MetricNames.campaigns, ("status", "active"), value: 7)])
            let meters = Meters()
            try await ShowGauges(store: store, meters: meters, logger: service.dependencies.logger).round()
            #expect(meters.prometheus.render().contains(#"hearth_campaigns{status="active"} 7"#))
            #expect(try await store.all().count == 1)
        }
    }
}
