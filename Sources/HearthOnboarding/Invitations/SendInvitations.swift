package import Foundation
package import HearthCore
import HearthRules
import Logging
package import Outbound

/// Sends invitations by e-mail. A message is queued in the invitation's own commit, retried until a server accepts it or it
/// is given up, and never sent twice at once. Up to four are in flight per process, three of them for one tenant, so that
/// one slot is left for others.
package struct SendInvitations: LeasedWork {
    package static let name = "send_invitations"
    package static let limits = WorkLimits<Int64>(whole: 4, perTenant: 3, claimBatch: 1)

    /// Finds more than there are free slots for, because some due messages belong to tenants at their limit.
    private static let lookahead = 4

    private let queue: InvitationMailQueue
    private let store: InvitationStore
    private let mail: InvitationMail
    private let sender: MailSender
    private let from: String
    private let publicURL: String
    private let work: WorkSignals
    private let meters: Meters
    private let now: @Sendable () -> Date
    private let logger: Logger

    package init(_ settings: MailSettings, _ dependencies: Dependencies) throws {
        queue = InvitationMailQueue(database: dependencies.workDatabase, recorder: dependencies.recorder)
        store = InvitationStore(database: dependencies.workDatabase, keyRing: dependencies.keyRing)
        mail = try InvitationMail()
        sender = settings.transport
        from = settings.sender
        publicURL = dependencies.settings.publicURL
        work = dependencies.work
        meters = dependencies.meters
        now = dependencies.now
        logger = dependencies.logger
    }

    package func discover(_ room: WorkRoom<Int64>, at now: Date) async throws -> WorkLook<InvitationMailQueue.Due> {
        let limit = room.free * Self.lookahead
        let due = try await queue.due(at: now, limit: limit, without: room.fullTenants)
        return WorkLook(due: due, hasMore: due.count == limit)
    }

    package func claim(
        _ wanted: [WantedWork<InvitationMailQueue.Due>], at now: Date
    ) async throws -> [InvitationMailQueue.Claim] {
        var claimed: [InvitationMailQueue.Claim] = []
        for each in wanted {
            if let claim = try await queue.claim(each.due, at: now) { claimed.append(claim) }
        }
        return claimed
    }

    /// - Returns: the failure; nil if the mail server accepted the message.
    package func act(on claim: InvitationMailQueue.Claim) async throws -> MailFailure? {
        let invitation = claim.invitation
        let url = publicURL + (try store.link(of: invitation).path)
        let message = try mail.message(of: invitation, url: url, from: from, at: now())
        do throws(MailFailure) {
            try await sender.send(
                OutboundMail(sender: from, recipient: message.recipient, message: message.bytes))
            return nil
        } catch {
            return error
        }
    }

    package func settle(
        _ claim: InvitationMailQueue.Claim, _ failure: MailFailure?
    ) async throws -> InvitationMailQueue.Claim? {
        let now = now()
        guard let failure else {
            try await queue.sent(claim, at: now)
            meters.mailAttempt(outcome: "sent")
            logger.info("An invitation was sent", metadata: ["invitation.id": "\(claim.invitation.id)"])
            return nil
        }
        let next =
            failure.isPermanent
            ? nil : MailRetry.next(afterAttempts: claim.attempts, at: now, deadline: claim.invitation.expiresAt)
        meters.mailAttempt(outcome: next == nil ? "failed" : "postponed")
        logger.warning(
            next == nil ? "An invitation could not be sent" : "An invitation could not be sent yet; trying again",
            metadata: [
                "invitation.id": "\(claim.invitation.id)", "error": "\(failure)", "attempts": "\(claim.attempts)",
            ])
        if try await queue.failed(claim, because: failure, next: next, at: now) { work.eventCommitted() }
        return nil
    }

    package func release(_ claim: InvitationMailQueue.Claim) async throws {
        try await queue.release(claim, at: now())
    }
}
