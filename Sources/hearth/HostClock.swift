import Foundation

/// The host's clock, for log lines only: everything stored has the database's time.
enum HostClock {
    @Sendable static func now() -> Date { Date() }
}
