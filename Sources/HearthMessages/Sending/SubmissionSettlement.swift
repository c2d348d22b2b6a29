import Foundation
import HearthCore
import HearthGraphMail
import HearthMailboxes
import HearthMicrosoft
import HearthRules
import Postgres

/// Commits the outcome of a step, and decides what follows.
struct SubmissionSettlement: Sendable {
    let claim: Submission
    let now: Date

    private var message: Message { claim.message }

    /// - Returns: the next step under the same lease, nil if the lease has ended; and whether an event was written.
    func commit(
        _ outcome: Submission.Outcome, in transaction: inout Transaction
    ) throws -> (next: Submission?, isTold: Bool) {
        guard try !transaction.query(SubmissionLanes.hold(claim.lane, at: now)).isEmpty else { return (nil, false) }
        if case .prepared(let draft) = outcome { return (try submit(draft, in: &transaction), false) }
        let change = change(outcome)
        var isTold = false
        if let statement = change.statement {
            let isChanged = try transaction.query(statement).affected == 1
            if isChanged, let event = change.event {
                try message.tell(event, at: now, in: &transaction)
                isTold = true
            }
        }
        transaction.write(SubmissionLanes.release(claim.lane))
        return (nil, isTold)
    }

    /// Commits that Microsoft is about to be asked. If the message was cancelled meanwhile, its draft is deleted instead.
    private func submit(_ draft: FoundMessage?, in transaction: inout Transaction) throws -> Submission? {
        let statement = MessageTable.submit(
            message, draft: draft, until: now.addingTimeInterval(SubmissionSchedule.beforeFirstLook), at: now)
        var next = claim
        guard try transaction.query(statement).affected == 1 else {
            guard let abandoned = draft?.id ?? message.state.draftID else {
                transaction.write(SubmissionLanes.release(claim.lane))
                return nil
            }
            next.step = .discard(draft: abandoned)
            return next
        }
        next.message = message.submitted(draft: draft?.id ?? message.state.draftID, at: now)
        next.step = .handOver
        return next
    }

    private func change(_ outcome: Submission.Outcome) -> (statement: SQL?, event: MessageEvent?) {
        switch outcome {
        case .prepared, .discarded:
            (nil, nil)
        case .accepted(let mayLook):
            (MessageTable.accept(message, dueAt: mayLook ? nextLook(after: 0) : nil, at: now), nil)
        case .doubtful:
            (postponed(by: SubmissionSchedule.beforeFirstLook), nil)
        case .copyFound(let copy):
            (MessageTable.see(message, copy, at: now), .sent)
        case .draftFound:
            (afterDraftFound(), nil)
        case .nothingFound:
            afterNothingFound()
        case .mayNotLook:
            message.status == .submitting
                ? (MessageTable.doubt(message, because: .mayNotLook, at: now), .unknown)
                : (MessageTable.postpone(message, to: nil, attempts: 0, looks: message.looks), nil)
        case .refused(let code):
            (MessageTable.fail(message, because: .refused, microsoftCode: code, at: now), .failed)
        case .notConnected(let problem):
            (afterDisconnection(problem), nil)
        case .later(let fault):
            (afterFault(fault), nil)
        }
    }

    private var sinceSubmission: TimeInterval { now.timeIntervalSince(message.state.submittedAt ?? now) }

    private func nextLook(after looks: Int) -> Date {
        now.addingTimeInterval(SubmissionSchedule.pause(afterLooks: looks))
    }

    private func postponed(by pause: TimeInterval) -> SQL {
        MessageTable.postpone(
            message, to: now.addingTimeInterval(pause), attempts: message.attempts, looks: message.looks)
    }

    /// The draft is not sent. Once it is old enough, Microsoft will not send it any more, so it is handed over again.
    private func afterDraftFound() -> SQL {
        guard message.status == .submitting else {
            return postponed(by: SubmissionSchedule.pause(afterLooks: message.looks))
        }
        guard sinceSubmission >= SubmissionSchedule.draftSettles else {
            return postponed(by: SubmissionSchedule.draftSettles - sinceSubmission)
        }
        return MessageTable.retry(message, attempts: message.attempts + 1, dueAt: now, at: now)
    }

    private func afterNothingFound() -> (statement: SQL?, event: MessageEvent?) {
        let later = MessageTable.postpone(
            message, to: nextLook(after: message.looks), attempts: 0, looks: message.looks + 1)
        guard message.status == .submitting else {
            let age = now.timeIntervalSince(message.state.acceptedAt ?? now)
            return age < SubmissionSchedule.patience
                ? (later, nil)
                : (MessageTable.postpone(message, to: nil, attempts: 0, looks: message.looks + 1), nil)
        }
        if message.state.draftID != nil {
            // Only sending removes the draft.
            return sinceSubmission < SubmissionSchedule.draftSettles
                ? (later, nil) : (MessageTable.accept(message, dueAt: nextLook(after: 0), at: now), nil)
        }
        return sinceSubmission < SubmissionSchedule.patienceInDoubt
            ? (later, nil) : (MessageTable.doubt(message, because: .noCopy, at: now), .unknown)
    }

    private func afterDisconnection(_ problem: ConnectionProblem) -> SQL {
        switch claim.step {
        case .prepare: MessageTable.hold(message, because: MessageReason(problem), at: now)
        // Nothing was sent; it is held when it is prepared again.
        case .handOver: MessageTable.retry(message, attempts: message.attempts, dueAt: now, at: now)
        case .look, .discard: postponed(by: 3_600)
        }
    }

    private func afterFault(_ fault: MicrosoftFault) -> SQL {
        let attempts = fault.isOurs ? message.attempts : message.attempts + 1
        let dueAt = now.addingTimeInterval(
            SubmissionSchedule.retries.pause(afterFailed: attempts, retryAfter: fault.retryAfter))
        return switch claim.step {
        case .handOver: MessageTable.retry(message, attempts: attempts, dueAt: dueAt, at: now)
        default: MessageTable.postpone(message, to: dueAt, attempts: attempts, looks: message.looks)
        }
    }
}
