import Foundation
package import HearthCore
package import HearthGraphMail
package import HearthMicrosoft
package import HearthRules
import Postgres

/// A message that is being submitted, under the lease of its mailbox's lane.
package struct Submission: ClaimedWork {
    package enum Step: Sendable, Equatable {
        /// Makes the message ready to be sent, which sends nothing: creates the draft, where the mailbox allows drafts.
        case prepare
        /// Asks Microsoft to send it. That this may have happened is committed before.
        case handOver
        /// Finds out whether it was sent.
        case look
        /// Deletes the draft of a message that was cancelled meanwhile.
        case discard(draft: String)
    }

    let lane: SubmissionLanes.Held
    var message: Message
    var step: Step
    /// Whether a process may have died during an earlier attempt, after Microsoft had created the draft.
    let mayHaveDraft: Bool

    init(lane: SubmissionLanes.Held, message: Message, wasAbandoned: Bool) {
        self.lane = lane
        self.message = message
        mayHaveDraft = wasAbandoned || message.attempts > 0
        switch message.status {
        case .scheduled, .queued: step = .prepare
        default: step = .look
        }
    }

    package var place: WorkPlace<Int64> { WorkPlace(tenant: lane.tenantID, unit: lane.mailboxID) }
    package var metadata: [String: String] { ["message.id": String(message.id)] }

    /// What a step has found.
    package enum Outcome: Sendable {
        /// Nothing was sent yet. The draft is nil if there is one already, or none is used.
        case prepared(draft: FoundMessage?)
        case accepted(mayLook: Bool)
        /// Microsoft was asked, and its answer does not say whether it sends the message.
        case doubtful(cause: String)
        case copyFound(FoundMessage)
        /// The message is still a draft.
        case draftFound
        case nothingFound
        case mayNotLook
        case discarded
        /// Microsoft refuses the message. It was not sent.
        case refused(code: String?)
        /// The mailbox's connection does not work. Nothing was sent.
        case notConnected(ConnectionProblem)
        /// A fault that passes. Nothing was sent by this step.
        case later(MicrosoftFault)

        /// For the log: why the step did not succeed, if that passes.
        var cause: String? {
            switch self {
            case .doubtful(let cause): cause
            case .later(let fault): fault.cause
            default: nil
            }
        }
    }
}

/// Finds, claims and releases submissions.
struct SubmissionStore: Sendable {
    let database: Database
    let keyRing: KeyRing

    /// Leases lanes, with the message of each that has waited longest.
    func claim(_ wanted: [DueMailbox], at now: Date) async throws -> [Submission] {
        let inOrder = wanted.sorted(by: DueMailbox.inOrder)
        return try await database.transaction { [keyRing] transaction in
            let rows = try transaction.query(
                all: inOrder.flatMap { due in
                    [
                        SubmissionLanes.claim(due.mailboxID, of: due.tenantID, at: now),
                        """
                        SELECT \(unescaped: Message.columns) FROM messages m
                        WHERE m.tenant_id = \(due.tenantID) AND m.mailbox_id = \(due.mailboxID) AND m.due_at <= \(now)
                        ORDER BY m.due_at, m.message_id LIMIT 1
                        """,
                    ]
                })
            return try inOrder.enumerated().compactMap { index, due in
                guard let row = rows[2 * index].first else { return nil }
                let lane = SubmissionLanes.Held(
                    tenantID: due.tenantID, mailboxID: due.mailboxID, number: try row["lease_no"])
                guard let message = rows[2 * index + 1].first else {
                    // Its message was cancelled.
                    transaction.write(SubmissionLanes.release(lane))
                    return nil
                }
                return Submission(
                    lane: lane, message: try Message(row: message, keyRing: keyRing),
                    wasAbandoned: try row["was_abandoned"])
            }
        }
    }

    func release(_ submission: Submission) async throws {
        _ = try await database.write(SubmissionLanes.release(submission.lane))
    }
}
