import Foundation
package import HearthCore
import HearthRules
import Logging
import Outbound
import ServiceLifecycle

/// The worker that sends invitations by e-mail: queued with the invitation's own commit, tried until a server takes
/// them, and never twice at once.
package struct SendInvitations: Service, CustomStringConvertible {
    let queue: InvitationMailQueue
    let store: InvitationStore
    package let mail: InvitationMail
    let sender: MailSender
    package let from: String
    package let publicURL: String
    let work: WorkHints
    let meters: Meters
    let now: @Sendable () -> Date
    /// Asked before every look: the database may be exchanged for a copy under a running process.
    let maySend: @Sendable () async -> Bool
    let logger: Logger

    package var description: String { "SendInvitations" }

    private static let atOnce = 4

    package init(_ settings: MailSettings, _ dependencies: Dependencies) throws {
        queue = InvitationMailQueue(database: dependencies.workDatabase, pen: dependencies.pen)
        store = InvitationStore(database: dependencies.workDatabase, keyRing: dependencies.keyRing)
        mail = try InvitationMail()
        sender = settings.transport
        from = settings.sender
        publicURL = dependencies.settings.publicURL
        work = dependencies.work
        meters = dependencies.meters
        now = dependencies.now
        let (quarantine, database) = (dependencies.quarantine, dependencies.workDatabase)
        maySend = { await quarantine.isOver(database) }
        logger = dependencies.logger
    }

    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let due = await maySend() ? try await queue.due(at: now(), limit: Self.atOnce) : []
                await withDiscardingTaskGroup { group in
                    for each in due { group.addTask { await send(each) } }
                }
                if due.count == Self.atOnce { continue }
            } catch {
                logger.warning("Due messages could not be found; trying again", metadata: ["error": "\(error)"])
            }
            await cancelWhenGracefulShutdown { await work.waitForMail(atMost: .seconds(1)) }
        }
    }

    private func send(_ due: InvitationMailQueue.Due) async {
        do {
            guard let claim = try await queue.claim(due, at: now()) else { return }
            try await send(claim)
        } catch {
            // The lease runs out, and it is tried again.
            logger.warning(
                "A message was interrupted", metadata: ["invitation.id": "\(due.id)", "error": "\(error)"])
        }
    }

    private func send(_ claim: InvitationMailQueue.Claim) async throws {
        let invitation = claim.invitation
        let url = publicURL + (try store.link(of: invitation).path)
        let message = try mail.message(of: invitation, url: url, from: from, at: now())
        do throws(MailFailure) {
            try await sender.send(
                OutboundMail(sender: from, recipient: message.recipient, message: message.bytes))
        } catch {
            return try await settle(error, claim)
        }
        try await queue.sent(claim, at: now())
        meters.mailAttempt(outcome: "sent")
        logger.info("An invitation was sent", metadata: ["invitation.id": "\(invitation.id)"])
    }

    private func settle(_ failure: MailFailure, _ claim: InvitationMailQueue.Claim) async throws {
        let now = now()
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
    }
}
