import Foundation

/// How long work pauses after failures in a row, the last one included.
enum WorkPause {
    /// The database does not answer: 2 s, then longer, up to 10 s.
    static func backOff(after failures: Int) -> Duration { .seconds(min(1 << min(failures, 4), 10)) }

    /// A periodic task failed, in seconds: after its period or 10 s, whichever is shorter, then twice as long each time, up
    /// to its period or a minute, whichever is longer.
    static func retry(after failures: Int, period: TimeInterval) -> TimeInterval {
        min(min(period, 10) * pow(2, Double(min(failures, 32) - 1)), max(period, 60))
    }
}
