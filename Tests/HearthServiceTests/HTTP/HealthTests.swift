import HTTPTypes
import HearthTesting
import Hummingbird
import HummingbirdTesting
import StrictJSON
import Synchronization
import Testing

@testable import HearthCore

@Suite("Health")
struct HealthTests {
    private let prometheus = Prometheus()

    private func health(_ checks: [ReadinessCheck], timeLimit: Duration = .seconds(5)) -> Health {
        Health(readiness: Readiness(checks: checks, timeLimit: timeLimit), prometheus: prometheus)
    }

    private func operations(_ health: Health) -> some ApplicationProtocol {
        Application(router: health.makeOperationsRouter(), logger: LogLines().logger())
    }

    @Test("the operator sees the reasons, the public does not")
    func reasons() async throws {
        let health = health([
            ReadinessCheck(name: "database") { .ready },
            ReadinessCheck(name: "migrations") { .notReady("two are pending") },
        ])
        try await operations(health).test(.router) { client in
            let response = try await client.execute(uri: "/readyz", method: .get)
            #expect(response.status == .serviceUnavailable)
            #expect(
                response.text == #"{"status":"not_ready","checks":{"database":"ok","migrations":"two are pending"}}"#)
        }
        try await TestApplication().build { health.addPublicRoutes(to: $0) }.test(.router) { client in
            let response = try await client.execute(uri: "/readyz", method: .get)
            #expect(response.status == .serviceUnavailable)
            #expect(response.text == #"{"status":"not_ready"}"#)
            #expect(try await client.execute(uri: "/metrics", method: .get).status == .notFound)
        }
    }

    @Test("a process that is alive and ready says so")
    func ready() async throws {
        try await operations(health([ReadinessCheck(name: "database") { .ready }])).test(.router) { client in
            #expect(try await client.execute(uri: "/readyz", method: .get).status == .ok)
            let alive = try await client.execute(uri: "/healthz", method: .get)
            #expect(alive.status == .ok)
            #expect(alive.text == #"{"status":"ok"}"#)
        }
    }

    @Test("a check that hangs counts as not ready", .timeLimit(.minutes(1)))
    func hanging() async throws {
        let readiness = Readiness(
            checks: [
                ReadinessCheck(name: "stuck") {
                    try? await Task.sleep(for: .seconds(3600)); return .ready
                }
            ],
            timeLimit: .milliseconds(20))
        let report = await readiness.report()
        #expect(!report.isReady)
    }

    @Test("many questions at once are one check")
    func shared() async {
        let count = Mutex(0)
        await withTaskGroup(of: Bool.self) { group in
            let readiness = Readiness(
                checks: [
                    ReadinessCheck(name: "counted") {
                        count.withLock { $0 += 1 }
                        await Task.yield()
                        return .ready
                    }
                ], life: .seconds(600))
            for _ in 0..<100 { group.addTask { await readiness.report().isReady } }
            for await isReady in group { #expect(isReady) }
        }
        #expect(count.withLock { $0 } == 1)
    }

    @Test("metrics are brought up to date and rendered with their type")
    func metrics() async throws {
        var health = health([])
        health.beforeMetrics = { [prometheus] in prometheus.series(MetricNames.backlog).replace(3) }
        try await operations(health).test(.router) { client in
            let response = try await client.execute(uri: "/metrics", method: .get)
            #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(response.text.contains("# TYPE hearth_webhook_backlog gauge\nhearth_webhook_backlog 3\n"))
        }
    }
}
