import Foundation
import HTTPTypes
import HearthCore
import HearthOnboarding
import HearthRules
import HearthWeb
import Hummingbird
import Postgres

/// `/console/invitations/{id}`: the status of one invitation, and the buttons that send it again or revoke it.
struct InvitationPage: Sendable {
    let dependencies: Dependencies

    private var store: InvitationStore {
        InvitationStore(database: dependencies.database, keyRing: dependencies.keyRing)
    }
    private var canMail: Bool { dependencies.settings.mail != nil }

    func show(_ visit: ConsoleVisit) async throws -> Response { try await show(visit, refusal: nil) }

    /// Issues a new link; the previous one stops working. If the partner sends it, it is shown once.
    func resend(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        try await run(visit, body) { id in
            let wanted = try ResendRequest(ConsoleForm.filledIn(body), canMail: canMail)
            let now = dependencies.now()
            let entry = try visit.caller.entry(
                "console.resend-invitation", "invitation:\(id)", outcome: nil, dependencies.recorder, at: now)
            let (invitation, path) = try await store.resend(id, of: visit.tenantID, wanted: wanted, at: now) {
                [store] invitation, transaction in
                transaction.audit(entry)
                return (invitation, try store.link(of: invitation).path)
            }
            dependencies.work.mailCommitted()
            guard !wanted.isMailed else {
                return visit.go(to: "/console/invitations/\(id)", saying: .invitationSent)
            }
            return try InvitePages.link(dependencies.settings.publicURL + path, of: invitation, visit, at: now)
        }
    }

    func revoke(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        try await run(visit, body) { id in
            let now = dependencies.now()
            let entry = try visit.caller.entry(
                "console.revoke-invitation", "invitation:\(id)", outcome: nil, dependencies.recorder, at: now)
            try await store.revoke(id, of: visit.tenantID, at: now) { _, transaction in transaction.audit(entry) }
            return visit.go(to: "/console/invitations/\(id)", saying: .invitationRevoked)
        }
    }

    private func run(
        _ visit: ConsoleVisit, _ body: ParsedBody, _ command: (Int64) async throws -> Response
    ) async throws -> Response {
        guard let id = visit.id else { throw APIError.invitationNotFound }
        do {
            return try await command(id)
        } catch let refusal as APIError where refusal.code != APIError.invitationNotFound.code {
            return try await show(visit, refusal: refusal, entered: body)
        }
    }

    private func show(
        _ visit: ConsoleVisit, refusal: APIError?, entered: ParsedBody = .empty
    ) async throws -> Response {
        guard let id = visit.id, let invitation = try await store.find(id, of: visit.tenantID) else {
            throw APIError.invitationNotFound
        }
        let now = dependencies.now()
        let status = invitation.status(at: now)
        var content = Self.state(of: invitation, at: now)
        content["id"] = id
        content["address"] = invitation.email
        content["live"] = "/console/invitations/\(id)"
        content["facts"] = Self.facts(invitation)
        content["canMail"] = canMail
        if visit.may(.campaignsWrite), status != .revoked {
            content["resend"] = [
                "fields": ConsoleForm(
                    fields: [.lifetime(standard: [("", "same as before")])]
                        + InvitationForm(canMail: canMail).delivery,
                    entered: entered, problems: refusal?.errors ?? []
                ).content
            ]
        }
        content["mayRevoke"] = status.isLive && visit.may(.campaignsWrite)
        content["problem"] = refusal.map(ConsoleForm.words)
        content["problemCode"] = refusal?.code
        content["done"] = refusal == nil ? visit.doneWords : nil
        return try visit.show(
            .invitation, title: "Invitation of \(invitation.email)", content, status: refusal?.status ?? .ok)
    }

    /// The content of the template `invitationState`.
    static func state(of invitation: Invitation, at now: Date) -> [String: Any] {
        var content: [String: Any] = [
            "state": invitation.status(at: now).badge.content, "stateWords": invitation.words(at: now),
            "mailWords": invitation.mailWords,
        ]
        content["mailboxID"] = invitation.mailboxID
        content["campaignID"] = invitation.campaignID
        return content
    }

    private static func facts(_ invitation: Invitation) -> [[String: Any]] {
        let outcome = invitation.outcomeCode.map { code in
            invitation.outcomeWords.map { "\($0) (\(code))" } ?? code
        }
        let all: [(String, String)] = [
            ("Permissions", invitation.level.label), ("Shared mailboxes too", invitation.includesShared ? "yes" : "no"),
            ("Name", [invitation.firstName, invitation.lastName].filter { !$0.isEmpty }.joined(separator: " ")),
            ("Owner", invitation.ownerEmail ?? ""), ("Tags", invitation.tags.joined(separator: ", ")),
            ("Last attempt", outcome ?? ""), ("Links made", String(invitation.linkNumber)),
            ("Created", ConsoleTime.text(invitation.createdAt)),
            ("Opened", invitation.openedAt.map(ConsoleTime.text) ?? ""),
            ("Completed", invitation.completedAt.map(ConsoleTime.text) ?? ""),
            ("Expires", ConsoleTime.text(invitation.expiresAt)), ("Invitation id", String(invitation.id)),
        ]
        return all.filter { !$0.1.isEmpty }.map { ["name": $0.0, "value": $0.1] }
    }
}
