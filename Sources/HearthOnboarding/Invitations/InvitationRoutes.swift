import Foundation
import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// The routes with which partners create, read, resend and revoke invitations.
struct InvitationRoutes {
    let dependencies: Dependencies

    private var store: InvitationStore {
        InvitationStore(database: dependencies.database, keyRing: dependencies.keyRing)
    }
    private var canMail: Bool { dependencies.settings.mail != nil }

    func create(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try context.identity.require(.msGraph)
        let body = try await ParsedBody.read(request, context: context)
        let wanted = try InvitationRequest(
            body, tenant: context.identity, defaultLifetime: dependencies.settings.consentLifetime, canMail: canMail)
        return try await write.once(body) { call in
            let new = try await NewInvitation(wanted, for: context.identity, store: store, dependencies)
            let now = dependencies.now()
            let answer = try await store.create(new, of: context.tenantID) { invitation, transaction in
                let answer = Self.answer(
                    invitation, code: "INVITATION_CREATED", status: .created, url: wanted.isMailed ? nil : new.url,
                    at: now)
                return try call.record(answer, subject: "invitation:\(new.id)", in: &transaction)
            }
            dependencies.work.mailCommitted()
            return answer
        }
    }

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        var fields = try Fields(query: request.uri.query)
        let page = PageRequest(of: .invitations, &fields) ?? PageRequest(firstOf: .invitations)
        var filter = InvitationStore.Filter()
        filter.status = fields.choice("status")
        filter.emailKey = fields.address("email")?.key
        try fields.validated()
        let now = dependencies.now()
        return try await store.list(filter, page: page, of: context.tenantID, at: now).response(
            to: request, code: "INVITATIONS_FETCHED", message: "Invitations fetched"
        ) { $0.write(to: &$1, at: now) }
    }

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        let invitation = try await find(context)
        let now = dependencies.now()
        return Envelope.response(code: "INVITATION_FETCHED", message: "Invitation fetched") {
            invitation.write(to: &$0, at: now)
        }
    }

    func resend(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try await find(context).id
        let body = try await ParsedBody.read(request, context: context)
        let wanted = try ResendRequest(body, canMail: canMail)
        return try await write.once(body) { call in
            let now = dependencies.now()
            let publicURL = dependencies.settings.publicURL
            let answer = try await store.resend(id, of: context.tenantID, wanted: wanted, at: now) {
                [store] invitation, transaction in
                let url = wanted.isMailed ? nil : publicURL + (try store.link(of: invitation).path)
                let answer = Self.answer(invitation, code: "INVITATION_RESENT", url: url, at: now)
                return try call.record(answer, in: &transaction)
            }
            dependencies.work.mailCommitted()
            return answer
        }
    }

    func revoke(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try await find(context).id
        return try await write.once { call in
            let now = dependencies.now()
            return try await store.revoke(id, of: context.tenantID, at: now) { invitation, transaction in
                let answer = Envelope.prepared(code: "INVITATION_REVOKED", message: "The link no longer works") {
                    invitation.write(to: &$0, at: now)
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }

    private static func answer(
        _ invitation: Invitation, code: String, status: HTTPResponse.Status = .ok, url: String?, at now: Date
    ) -> PreparedAnswer {
        let message =
            url == nil
            ? "The link is on its way to the mailbox's owner by e-mail."
            : "Send the mailbox's owner the link in data.url. It is not shown again."
        return Envelope.prepared(code: code, message: message, status: status) {
            invitation.write(to: &$0, url: url, at: now)
        }
    }

    private func find(_ context: TenantContext) async throws -> Invitation {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }), id > 0,
            let invitation = try await store.find(id, of: context.tenantID)
        else { throw APIError.invitationNotFound }
        return invitation
    }
}
