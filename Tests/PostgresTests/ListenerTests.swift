import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Listening", .timeLimit(.minutes(1)))
struct ListenerTests {
    @Test("a hint comes after every connect and notification, not for other channels; stopping is immediate")
    func hints() async throws {
        try await Backends.with({ $0.connections = 1 }) { database, backends in
            let (hints, hint) = AsyncStream<Void>.makeStream()
            var heard = hints.makeAsyncIterator()
            var settings = DatabaseSettings(uri: backends.uri)
            settings.applicationName = "listener-\(backends.name)"
            let listener = Listener(settings, channel: "Some \"channel\"", hear: { hint.yield() })
            let running = Task { await listener.run() }
            await heard.next()

            _ = try await database.write("SELECT pg_notify('Some \"channel\"', 'x')")
            await heard.next()

            let listening = Backends(
                name: settings.applicationName, uri: backends.uri, administrator: backends.administrator)
            try await listening.terminate()
            await heard.next()
            _ = try await database.write("SELECT pg_notify('another', 'x')")
            _ = try await database.write("SELECT pg_notify('Some \"channel\"', 'y')")
            await heard.next()

            let began = ContinuousClock.now
            running.cancel()
            await running.value
            #expect(
                ContinuousClock.now - began < .seconds(30), "it did not wait for its next poll, a minute later")
            hint.finish()
            #expect(await heard.next() == nil, "the other channel's notification was no hint")
        }
    }

    @Test("without a server it keeps trying and can be stopped")
    func noServer() async throws {
        let (reasons, reason) = AsyncStream<String>.makeStream()
        var settings = DatabaseSettings(uri: "postgresql://127.0.0.1:1/nothing")
        settings.onConnectionFailure = { reason.yield($0) }
        let listener = Listener(settings, channel: "x", hear: {})
        let running = Task { await listener.run() }
        var count = 0
        for await _ in reasons {
            count += 1
            if count == 3 { break }
        }
        running.cancel()
        await running.value
    }
}
