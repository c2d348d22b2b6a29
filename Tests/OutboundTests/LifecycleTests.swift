import Dispatch
import Outbound
import TestSupport
import Testing

@Suite("Cancelling and stopping", .timeLimit(.minutes(1)))
struct LifecycleTests {
    @Test("a cancelled task ends at once, and the engine keeps working")
    func cancellation() async throws {
        let hasRequest = DispatchSemaphore(value: 0)
        try await withServer { connection in
            while let request = connection.readRequest() {
                if request.requestLine.contains("/quick") {
                    connection.answer()
                } else {
                    hasRequest.signal()
                }
            }
        } _: { engine, server in
            let url = try server.url("/never")
            let started = ContinuousClock.now
            let task = Task { await failure(of: OutboundRequest(.get, url, timeout: .seconds(50)), engine) }
            await wait(for: hasRequest)
            task.cancel()
            #expect(await task.value == .cancelled)
            #expect(ContinuousClock.now - started < .seconds(20))
            let quick = try server.url("/quick")
            #expect(try await engine.send(OutboundRequest(.get, quick)).status == 200)
        }
    }

    @Test("a request of a task that is already cancelled ends, too")
    func cancelledBefore() async throws {
        try await withServer {
            $0.waitForClose()
        } _: { engine, server in
            let url = try server.url()
            let gate = DispatchSemaphore(value: 0)
            let task = Task {
                await wait(for: gate)
                return await failure(of: OutboundRequest(.get, url, timeout: .seconds(50)), engine)
            }
            task.cancel()
            gate.signal()
            #expect(await task.value == .cancelled)
        }
    }

    @Test("cancelling at any moment gives exactly one result")
    func cancellationRace() async throws {
        try await withServer { connection in
            while connection.readRequest() != nil { connection.answer() }
        } _: { engine, server in
            let url = try server.url()
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let task = Task { try? await engine.send(OutboundRequest(.get, url)).status }
                        for _ in 0..<(number % 40) { await Task.yield() }
                        task.cancel()
                        let status = await task.value
                        #expect(status == nil || status == 200)
                    }
                }
            }
        }
    }

    @Test("stopping ends all running and waiting requests")
    func shutdownInFlight() async throws {
        let hasRequest = DispatchSemaphore(value: 0)
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            hasRequest.signal()
            connection.waitForClose()
        }
        let engine = try OutboundEngine.forTests { $0.maximumConnections = 5 }
        let url = try server.url()
        await withTaskGroup(of: OutboundError?.self) { group in
            for _ in 0..<50 {
                group.addTask { await failure(of: OutboundRequest(.get, url, timeout: .seconds(50)), engine) }
            }
            for _ in 0..<5 { await wait(for: hasRequest) }
            await engine.shutdown()
            var counts: [OutboundError: Int] = [:]
            for await error in group { if let error { counts[error, default: 0] += 1 } }
            #expect(counts == [.cancelled: 5, .shuttingDown: 45])
        }
        #expect(await failure(of: OutboundRequest(.get, url), engine) == .shuttingDown)
        await engine.shutdown()
        server.stop()
    }

    @Test("stopping with a grace period lets a running transfer finish")
    func shutdownWithGrace() async throws {
        let hasRequest = DispatchSemaphore(value: 0)
        let mayAnswer = DispatchSemaphore(value: 0)
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            hasRequest.signal()
            mayAnswer.wait()
            connection.answer("200 OK", "done")
        }
        let engine = try OutboundEngine.forTests()
        let url = try server.url()
        let task = Task { try await engine.send(OutboundRequest(.get, url, timeout: .seconds(50))).status }
        await wait(for: hasRequest)
        async let stopped: Void = engine.shutdown(grace: .seconds(40))
        mayAnswer.signal()
        #expect(try await task.value == 200)
        await stopped
        server.stop()
    }

    @Test("a released engine ends its thread")
    func release() throws {
        for _ in 0..<20 { _ = try OutboundEngine.forTests() }
    }

    @Test("an unreadable certificate file prevents the start")
    func missingCertificates() {
        #expect(throws: OutboundEngine.StartError.self) {
            try OutboundEngine.forTests { $0.caFile = "/nonexistent/ca.pem" }
        }
    }
}
