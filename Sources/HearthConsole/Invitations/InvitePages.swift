import Foundation
import HTTPTypes
import HearthCore
import HearthOnboarding
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// `/console/invitations/new`: a form that invites an owner, and the page that shows the link once if the partner sends it.
struct InvitePages: Sendable {
    let dependencies: Dependencies

    private var store: InvitationStore {
        InvitationStore(database: dependencies.database, keyRing: dependencies.keyRing)
    }
    private var canMail: Bool { dependencies.settings.mail != nil }

    /// Prefills the address given in the query.
    func form(_ visit: ConsoleVisit) throws -> Response {
        let address = visit.query("email").map { JSONValue.string($0) }
        let entered = ParsedBody(form: JSONObject(address.map { [.init(name: "email", value: $0)] } ?? []))
        return try form(visit, entered: entered, refusal: nil)
    }

    func create(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        do {
            try visit.identity.require(.msGraph)
            let wanted = try InvitationRequest(
                ConsoleForm.filledIn(body), tenant: visit.identity,
                defaultLifetime: dependencies.settings.consentLifetime, canMail: canMail)
            let new = try await NewInvitation(wanted, for: visit.identity, store: store, dependencies)
            let entry = try visit.caller.entry(
                "console.invite", "invitation:\(new.id)", outcome: nil, dependencies.recorder, at: dependencies.now())
            let invitation = try await store.create(new, of: visit.tenantID) { invitation, transaction in
                transaction.audit(entry)
                return invitation
            }
            dependencies.work.mailCommitted()
            return wanted.isMailed
                ? visit.go(to: "/console/invitations/\(new.id)", saying: .invitationSent)
                : try Self.link(new.url, of: invitation, visit, at: dependencies.now())
        } catch let refusal as APIError where refusal.status == .badRequest || refusal.status == .forbidden {
            return try form(visit, entered: body, refusal: refusal)
        }
    }

    /// The page that shows, once, a link that the partner sends.
    static func link(_ url: String, of invitation: Invitation, _ visit: ConsoleVisit, at now: Date) throws -> Response {
        var content = InvitationPage.state(of: invitation, at: now)
        content["email"] = invitation.email
        content["url"] = url
        content["expires"] = ConsoleTime.text(invitation.expiresAt)
        content["live"] = "/console/invitations/\(invitation.id)"
        return try visit.show(.invitationLink, title: "The link for \(invitation.email)", content)
    }

    private func form(_ visit: ConsoleVisit, entered: ParsedBody, refusal: APIError?) throws -> Response {
        var content: [String: Any] = [
            "fields": ConsoleForm(
                fields: InvitationForm(canMail: canMail).fields, entered: entered, problems: refusal?.errors ?? []
            ).content, "canMail": canMail,
        ]
        content["problem"] = refusal.map(ConsoleForm.words)
        return try visit.show(.invite, title: "Invite an owner", content, status: refusal?.status ?? .ok)
    }
}
