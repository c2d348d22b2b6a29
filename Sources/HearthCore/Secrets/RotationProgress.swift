/// How far a re-sealing has come.
package struct RotationProgress: Sendable {
    /// Such as `grants.refresh_token`.
    package let column: String
    package let done: Int
    /// As counted at the beginning; the service goes on, so it may end a little above or below.
    package let total: Int
    package let elapsed: Duration
    /// Seconds for which a key's last announcement is still waited for; nil while values are re-sealed.
    package var waiting: Int?

    /// Nil until a rate can be told.
    package var remaining: Duration? {
        guard done > 0, total > done else { return nil }
        return elapsed * (Double(total - done) / Double(done))
    }

    package var words: String {
        if let waiting { return "waiting \(waiting) s: until then a process may seal with the former key" }
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
