package import Foundation
package import Postgres

/// Does the work of one kind of job, slice by slice.
package protocol JobRunner: Sendable {
    var kind: Job.Kind { get }

    /// Does the slice that begins at the job's position. A slice may be done twice, if a process dies between its work
    /// and its commit: what is not part of ``JobStep/effect`` must bear that.
    func step(_ job: Job) async throws -> JobStep
}

/// What one slice has done, committed together with the job's new position.
package struct JobStep: Sendable {
    /// Where the next slice begins.
    package var position: Int64
    /// How many units there are in all, once it is known.
    package var total: Int64?
    package var succeeded: Int64 = 0
    package var problems: [JobProblem] = []
    package var isFinished = false
    /// Seconds to rest before the next slice, such as when what this one would add to is full.
    package var pause: TimeInterval?
    /// Writes that belong to the same commit.
    package var effect: (@Sendable (inout Transaction) throws -> Void)?

    package init(
        position: Int64, total: Int64? = nil, succeeded: Int64 = 0, problems: [JobProblem] = [],
        isFinished: Bool = false, pause: TimeInterval? = nil,
        effect: (@Sendable (inout Transaction) throws -> Void)? = nil
    ) {
        self.position = position
        self.total = total
        self.succeeded = succeeded
        self.problems = problems
        self.isFinished = isFinished
        self.pause = pause
        self.effect = effect
    }
}
