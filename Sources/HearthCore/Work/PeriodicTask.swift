package import Foundation
import Postgres

/// A task that one process of the cluster runs in each period.
package protocol PeriodicTask: Sendable {
    /// Names the task in its row, in logs and in metrics, such as `expire_consents`.
    static var name: String { get }
    /// The time from the end of a run to the beginning of the next, in seconds.
    static var period: TimeInterval { get }
    /// Whether the task also runs while the database is in quarantine. It must then not send anything or call other servers.
    static var runsInQuarantine: Bool { get }

    /// Does everything that is due. Must be idempotent, because it may run twice if a process loses its lease.
    ///
    /// - Throws: to be retried before the period is over.
    func run() async throws
}

extension PeriodicTask {
    package static var runsInQuarantine: Bool { false }
}
