import Foundation
import HTTPTypes
import HearthCore
import HearthMailboxes
import HearthWeb
import Hummingbird

/// `GET /oauth/microsoft/admin-callback`, to which Microsoft redirects an administrator's browser, and the result page.
///
/// Anyone who has the link can forge the query, so no code is redeemed and no mailbox is connected here. The result is
/// recorded, announced, and taken as a hint that owners' sign-ins may now succeed.
struct AdminCallbackRoutes {
    let store: AdminConsentStore
    let pages: AdminResultPages
    let logos: LogoStore
    let work: WorkHints
    let now: @Sendable () -> Date

    init(_ dependencies: Dependencies) throws {
        store = AdminConsentStore(database: dependencies.database, keyRing: dependencies.keyRing)
        let shared = try ResultPages(endpoints: dependencies.settings.microsoft)
        pages = AdminResultPages(pages: shared, endpoints: dependencies.settings.microsoft)
        logos = LogoStore(database: dependencies.database)
        work = dependencies.work
        now = dependencies.now
    }

    func callback(_ request: Request, context: AppContext) async throws -> Response {
        let language = Language(accepting: request.headers)
        let query = request.uri.queryParameters
        func parameter(_ name: Substring) -> String? { query[name].map(String.init) }
        guard let (consent, link) = try await find(parameter("state"), isRight: { $0.isState($1) }) else {
            return try pages.pages.unknownLink(in: language)
        }
        context.facts.setCaller("tenant.id", to: consent.tenantID)
        let administrator = Caller("administrator", of: consent.tenantID, in: context)
        let isNews: Bool
        // An error takes precedence: some refusals also have `admin_consent=True`.
        if let error = parameter("error") {
            let outcome = Self.outcome(of: error)
            isNews = try await store.refused(outcome, consent, by: administrator, at: now())
        } else if parameter("admin_consent")?.lowercased() == "true" {
            isNews = try await store.granted(
                consent, microsoftTenant: parameter("tenant").flatMap { UUID(uuidString: $0) }, by: administrator,
                at: now())
        } else {
            return try pages.pages.unknownLink(in: language)
        }
        if isNews { work.eventCommitted() }
        return Response(
            status: .seeOther,
            headers: [
                .location: "/oauth/microsoft/admin-result/\(link.resultToken)", .cacheControl: "no-store",
                HTTPField.Name.referrerPolicy: "no-referrer",
            ])
    }

    func result(_ request: Request, context: AppContext) async throws -> Response {
        let language = Language(accepting: request.headers)
        guard let (consent, link) = try await find(context.parameters.get("token"), isRight: { $0.isResult($1) })
        else { return try pages.pages.unknownLink(in: language) }
        return try pages.result(
            of: consent, link: link, logo: try await logos.path(of: consent.tenantID), in: language, at: now())
    }

    private func find(
        _ text: String?, isRight: (AdminConsentLink, ConsentToken) -> Bool
    ) async throws -> (AdminConsent, AdminConsentLink)? {
        guard let token = text.flatMap({ ConsentToken($0) }),
            let consent = try await store.find(token.consentID, of: token.tenantID)
        else { return nil }
        let link = try store.link(of: consent)
        return isRight(link, token) ? (consent, link) : nil
    }

    /// Here `consent_required` is a refusal: the administrator was asked and did not agree.
    private static func outcome(of error: String) -> ConsentOutcome {
        switch error {
        case "access_denied", "consent_required": .declined
        case "temporarily_unavailable", "server_error": .failed(.temporaryFault)
        default: .failed(.applicationFault)
        }
    }
}
