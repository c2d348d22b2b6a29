/// States of a job.
package enum JobStatus: String, StoredState {
    case running, completed, cancelled, failed
}

package enum JobMove: StateMachine {
    case complete, cancel, giveUp

    package var move: Move<JobStatus> {
        switch self {
        case .complete: Move(from: .running, to: .completed)
        case .cancel: Move(from: .running, to: .cancelled)
        case .giveUp: Move(from: .running, to: .failed)
        }
    }
}
