/// When a failed delivery is retried, and when it is given up.
package struct RetryPolicy: Sendable, Equatable {
    /// The pause before each retry, in seconds.
    package let pauses: [Int]
    /// The maximum share by which each pause is randomly lengthened, so that retries do not coincide.
    package let jitter: Double

    /// 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 5 h, 10 h, 12 h, 24 h: eleven attempts over two and a half days.
    package static let standard = RetryPolicy(
        pauses: [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 43_200, 86_400], jitter: 0.2)

    /// The total number of attempts: the first one and its retries.
    package var attempts: Int { pauses.count + 1 }

    /// Returns the seconds until the next attempt after `failed` attempts; nil if there is none.
    ///
    /// - Parameters:
    ///   - random: a number in 0..<1.
    ///   - retryAfter: the pause that the endpoint asked for, in seconds. It can lengthen the pause, up to a day, but not
    ///     shorten it.
    package func pause(afterFailed failed: Int, random: Double, retryAfter: Int? = nil) -> Double? {
        guard failed >= 1, failed <= pauses.count else { return nil }
        let pause = Double(pauses[failed - 1]) * (1 + jitter * random)
        return max(pause, Double(min(retryAfter ?? 0, 86_400)))
    }
}
