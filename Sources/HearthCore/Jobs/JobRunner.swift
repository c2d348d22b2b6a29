package import Foundation
package import Postgres

/// Does the work of one kind of job, slice by slice.
package protocol JobRunner: Sendable {
    var kind: Job.Kind { get }

    /// Does the slice at the job's position. A slice may run twice if a process dies before the commit, so everything outside
    /// ``JobStep/effect`` must be idempotent.
    func step(_ job: Job) async throws -> JobStep
}

/// The result of one slice, committed together with the job's new position.
package struct JobStep: Sendable {
    /// The position of the next slice.
    package var position: Int64
    /// The total number of units, once known.
    package var total: Int64?
    package var succeeded: Int64 = 0
    package var problems: [JobProblem] = []
    package var isFinished = false
    /// Seconds to wait before the next slice, for example because a queue that this one fills is full.
    package var pause: TimeInterval?
    /// Writes that are part of the same commit.
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
