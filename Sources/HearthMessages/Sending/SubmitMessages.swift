package import Foundation
package import HearthCore
import HearthGraphMail
package import HearthMailboxes
import HearthMicrosoft
import HearthRules
import Logging
import Postgres

/// Submits messages to Microsoft, and finds out what has become of them.
///
/// A message is never sent twice: that Microsoft is about to be asked is committed first, and after a doubtful answer, or a
/// crash, the message is looked for before anything else is done. A mailbox has one submission at a time in the whole
/// cluster. At most 64 are in flight per process, and 16 of one tenant.
package struct SubmitMessages: LeasedWork {
    package static let name = "submit_messages"
    package static let limits = WorkLimits<Int64>(whole: 64, perTenant: 16, perUnit: { _ in 1 }, claimBatch: 16)

    /// The time limit of a step.
    private static let limit = Duration.seconds(60)
    /// The time limit of one call to Microsoft.
    private static let callLimit = Duration.seconds(30)

    private let store: SubmissionStore
    private let connections: Connections
    private let connection: ConnectionCheck
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let reached: @Sendable (Checkpoint) -> Void

    package init(_ connections: Connections) {
        let dependencies = connections.dependencies
        self.connections = connections
        store = SubmissionStore(database: dependencies.workDatabase, keyRing: dependencies.keyRing)
        connection = ConnectionCheck(connections, database: dependencies.workDatabase)
        now = dependencies.now
        logger = dependencies.logger
        reached = dependencies.reached
    }

    package func discover(_ room: WorkRoom<Int64>, at now: Date) async throws -> WorkLook<DueMailbox> {
        try await DueMailbox.look(room, in: store.database) { SubmissionLanes.due(at: now, limit: $0, without: $1) }
    }

    package func claim(_ wanted: [WantedWork<DueMailbox>], at now: Date) async throws -> [Submission] {
        try await store.claim(wanted.map(\.due), at: now)
    }

    package func release(_ claim: Submission) async throws {
        try await store.release(claim)
    }

    // MARK: Acting

    package func act(on claim: Submission) async throws -> Submission.Outcome {
        do {
            return try await connection.call(
                claim.lane.mailboxID, of: claim.lane.tenantID, within: Self.limit
            ) { access in
                try await carryOut(claim, level: access.level, mailbox: mailbox(access))
            }
        } catch let problem as ConnectionCheck.NotConnected {
            return .notConnected(problem.problem)
        } catch let fault as MicrosoftFault {
            return Self.outcome(of: fault, in: claim.step)
        }
    }

    private func mailbox(_ access: ConnectionCheck.Access) -> GraphMailbox {
        GraphMailbox(connections.microsoft, accessToken: access.token, timeout: Self.callLimit)
    }

    private func carryOut(
        _ claim: Submission, level: PermissionLevel, mailbox: GraphMailbox
    ) async throws -> Submission.Outcome {
        let message = claim.message
        switch claim.step {
        case .prepare:
            guard level.mayWrite, message.state.draftID == nil else { return .prepared(draft: nil) }
            if claim.mayHaveDraft, let draft = try await mailbox.find(message.stamp).first(where: \.isDraft) {
                return .prepared(draft: draft)
            }
            return .prepared(draft: try await mailbox.createDraft(message.content, stamp: message.stamp))
        case .handOver:
            let isClear =
                if let draft = message.state.draftID {
                    try await mailbox.sendDraft(draft)
                } else {
                    try await mailbox.send(message.content, stamp: message.stamp)
                }
            reached(.messageHandedOver)
            return isClear ? .accepted(mayLook: level.mayRead) : .doubtful(cause: "202 with Retry-After")
        case .look:
            guard level.mayRead else { return .mayNotLook }
            let found = try await mailbox.find(message.stamp)
            if let copy = found.first(where: { !$0.isDraft }) { return .copyFound(copy) }
            // A draft of an attempt that got no answer may lie about; only the message's own one says anything.
            let draft = found.first { message.state.draftID == nil || $0.id == message.state.draftID }
            return draft == nil ? .nothingFound : .draftFound
        case .discard(let draft):
            try await mailbox.deleteDraft(draft)
            return .discarded
        }
    }

    /// What a fault of Microsoft says about the message.
    private static func outcome(of fault: MicrosoftFault, in step: Submission.Step) -> Submission.Outcome {
        switch step {
        case .handOver where fault.leavesDoubt: .doubtful(cause: fault.cause)
        // An earlier request may have sent the draft.
        case .handOver where fault.graphCode == "ErrorItemNotFound": .doubtful(cause: fault.cause)
        case .prepare, .handOver:
            if let problem = fault.kind.problem {
                .notConnected(problem)
            } else if fault.refusesRequest {
                .refused(code: fault.graphCode)
            } else {
                .later(fault)
            }
        case .look, .discard: .later(fault)
        }
    }

    // MARK: Settling

    package func settle(_ claim: Submission, _ outcome: Submission.Outcome) async throws -> Submission? {
        let now = now()
        if let cause = outcome.cause {
            logger.info(
                "A message could not be submitted yet; looking again",
                metadata: ["message.id": "\(claim.message.id)", "fault.cause": "\(cause)"])
        }
        let settlement = SubmissionSettlement(claim: claim, now: now)
        let (next, isTold) = try await store.database.transaction { try settlement.commit(outcome, in: &$0) }
        if isTold { connections.dependencies.work.eventCommitted() }
        if next?.step == .handOver { reached(.messageSubmitting) }
        return next
    }
}
