import Foundation

/// The pauses after consecutive failures, including the latest.
enum WorkPause {
    /// Returns the pause while the database does not answer: 2 s, doubling up to 10 s.
    static func backOff(after failures: Int) -> Duration { .seconds(min(1 << min(failures, 4), 10)) }

    /// Returns the pause after a periodic task failed, in seconds: its period or 10 s, whichever is shorter, doubling up to its
    /// period or a minute, whichever is longer.
    static func retry(after failures: Int, period: TimeInterval) -> TimeInterval {
        min(min(period, 10) * pow(2, Double(min(failures, 32) - 1)), max(period, 60))
    }
}
