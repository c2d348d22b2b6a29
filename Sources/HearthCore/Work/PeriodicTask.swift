package import Foundation
import Postgres

/// Something that a cluster does once in each period, whichever of its processes does it.
package protocol PeriodicTask: Sendable {
    /// Names the task in its row, in logs and in metrics, such as `expire_consents`.
    static var name: String { get }
    /// From the end of a run to the beginning of the next, in seconds.
    static var period: TimeInterval { get }
    /// Whether it also runs while the database is in quarantine: it sends nothing and asks nobody.
    static var runsInQuarantine: Bool { get }

    /// Does everything that is due. It may be done twice, should a process lose its lease: what it changes must bear that.
    ///
    /// - Throws: when it is to be run again before the period is over.
    func run() async throws
}

extension PeriodicTask {
    package static var runsInQuarantine: Bool { false }
}
