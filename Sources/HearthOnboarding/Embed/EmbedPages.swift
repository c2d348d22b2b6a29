import Foundation
import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Outbound
import Postgres
import StrictJSON

/// `/embed/form/{tenant}`: the owner enters a mailbox and is redirected to Microsoft. The form does not ask what Microsoft
/// asks, and trusts no input: whether the mailbox is the owner's is verified there.
struct EmbedPages: Sendable {
    let dependencies: Dependencies
    let tenants: TenantDirectory
    let logos: LogoStore
    /// Owners in one office share an IP address, and each may need several tries, so the limit only stops floods. A form's
    /// URL works for 15 minutes and creates links for one tenant only.
    private let submissions = AddressLimit(RequestLimits(perMinute: 240, perSecond: 60))
    private let page: EmbedPage

    init(_ dependencies: Dependencies) throws {
        self.dependencies = dependencies
        tenants = TenantDirectory(database: dependencies.database)
        logos = LogoStore(database: dependencies.database)
        page = try EmbedPage(endpoints: dependencies.settings.microsoft)
    }

    func show(_ request: Request, context: AppContext) async throws -> Response {
        let language = Language(accepting: request.headers)
        guard let (_, identity) = try await open(request, context) else { return try page.ended(in: language) }
        return try page.form(
            for: identity, logo: try await logos.path(of: identity.tenantID), entered: .empty, problems: [],
            in: language)
    }

    func submit(_ request: Request, context: AppContext) async throws -> Response {
        let language = Language(accepting: request.headers)
        guard let (link, identity) = try await open(request, context) else { return try page.ended(in: language) }
        try submissions.count(context.clientAddress)
        let body = try await ParsedBody.read(request, context: context)
        func entered(_ name: String) -> String { body.single(name)?.asString ?? "" }
        do {
            let wanted = try ConsentRequest(
                link.request(
                    email: entered("email"), firstName: entered("first_name"), lastName: entered("last_name")),
                tenant: identity, defaultLifetime: dependencies.settings.consentLifetime)
            let consent = try await NewConsent(wanted, for: identity, dependencies)
            let owner = Caller(
                tenantID: identity.tenantID, actor: "owner", requestID: context.requestID,
                source: context.clientAddress.map(\.description))
            let entry = try owner.entry(
                "form.submit", "consent:\(consent.id)", outcome: nil, dependencies.pen, at: dependencies.now())
            _ = try await dependencies.database.write("WITH audit AS (\(entry.statement)) \(consent.insertion)")
            return Response(status: .seeOther, headers: [.location: consent.url, .cacheControl: "no-store"])
        } catch let refusal as APIError where refusal.status == .badRequest {
            return try page.form(
                for: identity, logo: try await logos.path(of: identity.tenantID), entered: body,
                problems: refusal.errors, in: language)
        }
    }

    /// Returns the link and its tenant; nil if the link is invalid or the tenant may no longer connect mailboxes.
    private func open(_ request: Request, _ context: AppContext) async throws -> (EmbedLink, Identity)? {
        guard let tenant = context.parameters.get("tenant"),
            let link = EmbedLink(tenant: tenant, query: request.uri.query ?? "", keyRing: dependencies.keyRing),
            link.expiresAt > dependencies.now(),
            let identity = try await tenants.identity(of: link.tenantID), !identity.isSuspended,
            identity.mayUse(.msGraph)
        else { return nil }
        return (link, identity)
    }
}
