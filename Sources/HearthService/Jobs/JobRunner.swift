import Foundation
import Postgres

/// Does the work of one kind of job, slice by slice.
protocol JobRunner: Sendable {
    var kind: Job.Kind { get }

    /// Does the slice that begins at the job's position. A slice may be done twice, if a process dies between its work
    /// and its commit: what is not part of ``JobStep/effect`` must bear that.
    func step(_ job: Job) async throws -> JobStep
}

/// What one slice has done, committed together with the job's new position.
struct JobStep: Sendable {
    /// Where the next slice begins.
    var position: Int64
    /// How many units there are in all, once it is known.
    var total: Int64?
    var succeeded: Int64 = 0
    var problems: [JobProblem] = []
    var isFinished = false
    /// Seconds to rest before the next slice, such as when what this one would add to is full.
    var pause: TimeInterval?
    /// Writes that belong to the same commit.
    var effect: (@Sendable (inout Transaction) throws -> Void)?
}
