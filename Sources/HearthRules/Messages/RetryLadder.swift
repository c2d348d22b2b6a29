/// Pauses that grow with each failure, for work that is never given up. Times are in seconds.
package struct RetryLadder: Sendable {
    /// The last one is repeated.
    let pauses: [Double]

    /// No service may ask for a longer pause.
    private static let longest = 86_400

    /// - Parameters:
    ///   - attempts: consecutive failures so far, including this one.
    ///   - retryAfter: the pause that the service asks for. It can lengthen the pause, but not shorten it.
    package func pause(afterFailed attempts: Int, retryAfter: Int?) -> Double {
        let pause = pauses[min(max(attempts, 1), pauses.count) - 1]
        return max(pause, Double(min(retryAfter ?? 0, Self.longest)))
    }
}
