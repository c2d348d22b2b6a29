import Outbound
import Synchronization
import Testing

@testable import HearthCore
@testable import HearthWeb

@Suite("Rate limits")
struct RateLimitTests {
    /// A generator with a reproducible sequence.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    /// Simulates random arrivals and returns the times of the admitted ones.
    private func run(_ limits: RequestLimits, replicas: Int, seed: UInt64) -> [Duration] {
        var generator = Seeded(state: seed)
        var windows = Array(repeating: RequestWindow(), count: replicas)
        let (minute, second) = limits.share(ofReplicas: replicas)
        let start = ContinuousClock.now
        var now = Duration.zero
        var admitted: [Duration] = []
        while now < .seconds(200) {
            now += .milliseconds(Int.random(in: 0...40, using: &generator))
            let replica = Int.random(in: 0..<replicas, using: &generator)
            if case .admitted = windows[replica].admit(at: start + now, minute: minute, second: second) {
                admitted.append(now)
            }
        }
        return admitted
    }

    private func most(of times: [Duration], within window: Duration) -> Int {
        var first = 0
        var most = 0
        for (index, time) in times.enumerated() {
            while times[first] + window <= time { first += 1 }
            most = max(most, index - first + 1)
        }
        return most
    }

    @Test("no minute and no second holds more than the limit, and the limit is reached", arguments: [1, 2, 3, 7, 16])
    func sum(replicas: Int) {
        for seed in 1...5 {
            let times = run(.standard, replicas: replicas, seed: UInt64(seed))
            #expect(most(of: times, within: .seconds(60)) <= 240)
            // Sixteen processes cannot share ten a second, so they keep to twenty in two seconds.
            let stretch = replicas > 10 ? 2 : 1
            #expect(most(of: times, within: .seconds(stretch)) <= 10 * stretch)
            if replicas == 1 {
                #expect(most(of: times, within: .seconds(60)) == 240)
                #expect(most(of: times, within: .seconds(1)) == 10)
            }
        }
    }

    @Test("whoever waits for Retry-After is admitted, and not a moment earlier")
    func retryAfter() {
        var window = RequestWindow()
        let (minute, second) = RequestLimits(perMinute: 3, perSecond: 2).share(ofReplicas: 1)
        let start = ContinuousClock.now
        for at in [0, 0, 1_000] {
            guard case .admitted = window.admit(at: start + .milliseconds(at), minute: minute, second: second) else {
                Issue.record("refused within the limit")
                return
            }
        }
        let refused = window.admit(at: start + .milliseconds(1_500), minute: minute, second: second)
        guard case .refused(let pause, let left, _) = refused else {
            Issue.record("admitted over the limit")
            return
        }
        #expect(pause == .milliseconds(58_500))
        #expect(left == .init(remaining: 0, renewsIn: .milliseconds(58_500)))
        let early = window.admit(at: start + .milliseconds(59_999), minute: minute, second: second)
        if case .admitted = early { Issue.record("admitted too early") }
        guard case .admitted = window.admit(at: start + .milliseconds(60_000), minute: minute, second: second) else {
            Issue.record("refused after the pause")
            return
        }
    }

    @Test("after twenty failures an address waits, its neighbours do not")
    func failures() throws {
        let attempts = FailedAttempts()
        let address = try #require(IPAddress("203.0.113.9"))
        for _ in 0..<20 { try attempts.count(address) }
        #expect(throws: APIError.self) { try attempts.count(address) }
        try attempts.count(IPAddress("203.0.113.10"))
        // One IPv6 host has a whole /64.
        for number in 0..<20 { try attempts.count(IPAddress("2001:db8::\(number + 1)")) }
        #expect(throws: APIError.self) { try attempts.count(IPAddress("2001:db8::ffff")) }
    }

    @Test("addresses without end cost no more each, and are forgotten")
    func manyKeys() {
        let time = Mutex(ContinuousClock.now)
        let limiter = RateLimiter<Int>(now: { time.withLock { $0 } })
        let limits = RequestLimits(perMinute: 20, perSecond: 20)
        for number in 0..<30_000 { _ = limiter.admit(number, limits: limits) }
        #expect(limiter.figures == (30_000, 2))
        // A minute later none of them counts any more, so they are removed.
        time.withLock { $0 += .seconds(61) }
        for number in 30_000..<60_000 { _ = limiter.admit(number, limits: limits) }
        #expect(limiter.figures.count <= 30_000)
    }
}
