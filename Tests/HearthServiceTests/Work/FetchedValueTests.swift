import Synchronization
import Testing

@testable import HearthCore

/// Values are fetched once for concurrent callers, kept in use while they cannot be fetched, and fetched at a bounded rate.
@Suite("Fetched values", .timeLimit(.minutes(1)))
struct FetchedValueTests {
    private struct Failure: Error {}

    /// A source with a clock and answers that the test controls.
    private final class Source: Sendable {
        private struct State {
            var time = ContinuousClock.Instant.now
            var fetches = 0
            var isDown = false
            var gate: [CheckedContinuation<Void, Never>] = []
            var isClosed = false
        }

        private let state = Mutex(State())
        let began = Signals()

        var fetches: Int { state.withLock { $0.fetches } }
        var time: ContinuousClock.Instant { state.withLock { $0.time } }

        func advance(_ seconds: Int) { state.withLock { $0.time += .seconds(seconds) } }
        func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }
        func close() { state.withLock { $0.isClosed = true } }

        func open() {
            let waiting = state.withLock { state in
                state.isClosed = false
                defer { state.gate = [] }
                return state.gate
            }
            for each in waiting { each.resume() }
        }

        func fetch() async throws -> Int {
            began.send()
            await withCheckedContinuation { continuation in
                let isClosed = state.withLock { state in
                    if state.isClosed { state.gate.append(continuation) }
                    return state.isClosed
                }
                if !isClosed { continuation.resume() }
            }
            return try state.withLock { state in
                state.fetches += 1
                if state.isDown { throw Failure() }
                return state.fetches
            }
        }
    }

    /// Events that a test can wait for.
    private final class Signals: Sendable {
        private let stream = AsyncStream<Void>.makeStream()
        func send() { stream.continuation.yield() }
        func next() async { for await _ in stream.stream { return } }
    }

    private static func value(of source: Source) -> FetchedValue<Int> {
        FetchedValue(.init(freshFor: .seconds(100), staleFor: .seconds(1_000)), now: { source.time }) {
            try await source.fetch()
        }
    }

    @Test("many who ask at once cause one fetch, and who gives up ends it for nobody")
    func singleFlight() async throws {
        let source = Source()
        let value = Self.value(of: source)
        source.close()
        let first = Task { try await value.current() }
        await source.began.next()
        let others = (0..<20).map { _ in Task { try await value.current() } }
        first.cancel()
        source.open()
        for task in others { #expect(try await task.value == 1) }
        #expect(source.fetches == 1)
    }

    @Test("a value is kept while fresh, then fetched again")
    func freshness() async throws {
        let source = Source()
        let value = Self.value(of: source)
        #expect(try await value.current() == 1)
        source.advance(99)
        #expect(try await value.current() == 1)
        source.advance(1)
        #expect(try await value.current() == 2)
    }

    @Test("while it cannot be fetched, the former value serves, for a bounded time and with few attempts")
    func staleness() async throws {
        let source = Source()
        let value = Self.value(of: source)
        #expect(try await value.current() == 1)
        source.setDown(true)
        source.advance(100)
        for _ in 0..<5 { #expect(try await value.current() == 1) }
        #expect(source.fetches == 2)
        source.advance(60)
        #expect(try await value.current() == 1)
        #expect(source.fetches == 3)
        source.advance(839)
        #expect(try await value.current() == 1)
        source.advance(1)
        await #expect(throws: Failure.self) { try await value.current() }
        source.setDown(false)
        source.advance(60)
        #expect(try await value.current() == 5)
    }

    @Test("with nothing to serve, a failure is answered for two seconds without another attempt")
    func failures() async throws {
        let source = Source()
        let value = Self.value(of: source)
        source.setDown(true)
        for _ in 0..<5 { await #expect(throws: Failure.self) { try await value.current() } }
        #expect(source.fetches == 1)
        source.setDown(false)
        source.advance(2)
        #expect(try await value.current() == 2)
    }

    @Test("a newer value is fetched at most once in ten seconds")
    func renewal() async throws {
        let source = Source()
        let value = Self.value(of: source)
        #expect(try await value.current() == 1)
        #expect(try await value.renewed() == 1)
        source.advance(10)
        #expect(try await value.renewed() == 2)
        for _ in 0..<5 { #expect(try await value.renewed() == 2) }
        source.advance(9)
        #expect(try await value.renewed() == 2)
    }
}
