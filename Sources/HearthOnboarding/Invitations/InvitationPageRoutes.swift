import Foundation
import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird

/// The pages of an invitation. `GET /invitations/{token}` shows who asks for what and changes nothing, because mail scanners
/// open links; the button's `POST` redirects to Microsoft.
struct InvitationPageRoutes {
    let store: InvitationStore
    let opening: OpenInvitation
    let pages: ResultPages
    let logos: LogoStore
    let work: WorkSignals
    let now: @Sendable () -> Date

    init(_ dependencies: Dependencies) throws {
        store = InvitationStore(database: dependencies.database, keyRing: dependencies.keyRing)
        opening = OpenInvitation(dependencies)
        pages = try ResultPages(endpoints: dependencies.settings.microsoft)
        logos = LogoStore(database: dependencies.database)
        work = dependencies.work
        now = dependencies.now
    }

    func show(_ request: Request, context: AppContext) async throws -> Response {
        try await page(request, context)
    }

    func open(_ request: Request, context: AppContext) async throws -> Response {
        guard let (invitation, link, token) = try await find(context), link.isRight(token) else {
            return try await page(request, context)
        }
        context.facts.setCaller("tenant.id", to: invitation.tenantID)
        switch try await opening.open(
            invitation.id, link: link, by: Caller("owner", of: invitation.tenantID, in: context))
        {
        case .ended: return try await page(request, context)
        case .on(let url, let isFirst):
            if isFirst { work.eventCommitted() }
            return Response(
                status: .seeOther,
                headers: [
                    .location: url, .cacheControl: "no-store", HTTPField.Name.referrerPolicy: "no-referrer",
                ])
        }
    }

    private func page(_ request: Request, _ context: AppContext) async throws -> Response {
        let language = Language(accepting: request.headers)
        guard let (invitation, link, token) = try await find(context), link.isRight(token) || link.isFormer(token)
        else { return try pages.unknownLink(in: language) }
        context.facts.setCaller("tenant.id", to: invitation.tenantID)
        let words = link.isRight(token) ? ResultContent(invitation.status(at: now())) : .formerLink
        var page = OwnerPage(
            words, names: ["tenant": invitation.tenantName, "email": invitation.email],
            logo: try await logos.path(of: invitation.tenantID), in: language)
        if let access = words.access {
            page.list(invitation.level, withShared: invitation.includesShared, because: access)
            page.offerForm(link.path, .invitationButton)
        }
        return try pages.respond(page)
    }

    private func find(_ context: AppContext) async throws -> (Invitation, InvitationLink, LinkToken)? {
        guard let token = context.parameters.get("token").flatMap({ LinkToken($0) }),
            let invitation = try await store.find(token.consentID, of: token.tenantID)
        else { return nil }
        return (invitation, try store.link(of: invitation), token)
    }
}

extension ResultContent {
    fileprivate init(_ status: Invitation.Status) {
        switch status {
        case .invited, .opened, .declined, .failed:
            self.init(.ok, .invitationTitle, .invitationText, mood: .waiting, access: .wanted)
        case .completed: self = .linkUsed
        case .expired: self.init(.gone, .expiredTitle, .expiredText)
        case .revoked: self.init(.gone, .revokedTitle, .revokedText)
        }
    }

    /// The link was replaced by a newer one.
    fileprivate static let formerLink = ResultContent(.gone, .revokedTitle, .revokedText)
}

/// The link of an invitation. Contains the ids of tenant and invitation, and a secret derived from a sealed seed and the
/// link's number. A resend increments the number, which invalidates the previous link.
package struct InvitationLink: Sendable {
    let tenantID: Int64
    let id: Int64
    let number: Int
    let seed: LinkSeed

    init(tenantID: Int64, id: Int64, number: Int, seed: [UInt8]) {
        self.tenantID = tenantID
        self.id = id
        self.number = number
        self.seed = LinkSeed(seed)
    }

    static func path(_ token: String) -> String { "/invitations/\(token)" }

    package var path: String {
        Self.path(LinkToken(tenantID: tenantID, consentID: id, secret: secret(number)).text)
    }

    func isRight(_ token: LinkToken) -> Bool { isEqualInConstantTime(token.secret, secret(number)) }

    /// Whether the token is that of one of the 100 previous links.
    func isFormer(_ token: LinkToken) -> Bool {
        (max(1, number - 100)..<number).contains { isEqualInConstantTime(token.secret, secret($0)) }
    }

    private func secret(_ number: Int) -> [UInt8] { seed.derive("hearth.invitation.link.\(number)") }
}
