/// The progress of a key rotation.
package struct RotationProgress: Sendable {
    /// The current column, such as `grants.refresh_token`.
    package let column: String
    package let done: Int
    /// The number of values at the beginning. The final number may differ slightly, because the service keeps running.
    package let total: Int
    package let elapsed: Duration
    /// Seconds until the last announcement of a former key expires; nil while values are re-sealed.
    package var waiting: Int?

    /// The estimated time left; nil until a rate is known.
    package var remaining: Duration? {
        guard done > 0, total > done else { return nil }
        return elapsed * (Double(total - done) / Double(done))
    }

    package var words: String {
        if let waiting { return "waiting \(waiting) s, because a process may still seal with the former key" }
        let percent = total > 0 ? min(100, done * 100 / total) : 100
        let rate = elapsed > .zero ? Int(Double(done) / (elapsed / .seconds(1))) : 0
        let eta = remaining.map { ", about \(Self.words($0)) left" } ?? ""
        return "\(column): \(done) of \(total) values (\(percent) %), \(rate) a second\(eta)"
    }

    private static func words(_ duration: Duration) -> String {
        let seconds = Int((duration / .seconds(1)).rounded(.up))
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3_600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3_600) h \(seconds / 60 % 60) min"
    }
}
