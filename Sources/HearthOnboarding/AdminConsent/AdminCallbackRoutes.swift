import Foundation
import HTTPTypes
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
import Hummingbird
import Postgres

/// `GET /oauth/microsoft/admin-callback`, to which Microsoft redirects an administrator's browser, and the result page.
///
/// Anyone who has the link can forge the query, so no code is redeemed and no mailbox is connected here. The result is
/// recorded, announced, and taken as a hint that owners' sign-ins may now succeed.
struct AdminCallbackRoutes {
    let store: AdminConsentStore
    let pages: AdminResultPages
    let logos: LogoStore
    let work: WorkSignals
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
        _ text: String?, isRight: (AdminConsentLink, LinkToken) -> Bool
    ) async throws -> (AdminConsent, AdminConsentLink)? {
        guard let token = text.flatMap({ LinkToken($0) }),
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

/// The pages shown to an administrator who returns from Microsoft: what was approved for whom, and how to withdraw it.
struct AdminResultPages: Sendable {
    let pages: ResultPages
    let endpoints: MicrosoftEndpoints

    func result(
        of consent: AdminConsent, link: AdminConsentLink, logo: String?, in language: Language, at now: Date
    ) throws -> Response {
        let words = Self.words(consent, at: now)
        var page = OwnerPage(
            words, names: ["tenant": consent.tenantName, "domain": consent.domain], logo: logo, in: language)
        if let access = words.access {
            page.list(consent.level, withShared: consent.includesShared, because: access)
            page.say("note", .approvedNote)
        }
        if let again = words.tryAgain, again == .sameAccount {
            let url = link.url(
                endpoints: endpoints, clientID: consent.applicationClientID ?? endpoints.clientID,
                domain: consent.domain, level: consent.level, withShared: consent.includesShared)
            page.offer(url, .tryAgain)
        }
        return try pages.respond(page)
    }

    static func words(_ consent: AdminConsent, at now: Date) -> ResultContent {
        switch (consent.status(at: now), consent.outcomeCode.flatMap(ConsentOutcome.Code.init)) {
        case (.granted, _): ResultContent(.ok, .approvedTitle, .approvedText, mood: .good, access: .allowed)
        case (.revoked, _): ResultContent(.gone, .revokedTitle, .revokedText)
        case (.expired, _): ResultContent(.gone, .expiredTitle, .expiredText)
        case (.open, .declined?): ResultContent(.ok, .notApprovedTitle, .notApprovedText, again: .sameAccount)
        case (.open, nil): ResultContent(.ok, .unfinishedTitle, .unfinishedText, again: .sameAccount)
        case (.open, let code?):
            ResultContent(ResultContent.status(of: code), .failedTitle, .failedText, again: .sameAccount)
        }
    }
}

/// Detects refusals that occur only because an administrator's approval has not reached all of Microsoft yet, which takes
/// seconds to minutes. The owner should then try again.
struct RecentApproval: Sendable {
    let database: Database

    /// Seconds after an approval during which refusals are attributed to this delay.
    private static let window: TimeInterval = 900

    /// Returns `adminApprovalPending` if a recent approval covers the refused consent, otherwise the outcome unchanged.
    ///
    /// - Parameter isSilent: whether Microsoft gave no reason.
    func explained(
        _ outcome: ConsentOutcome, isSilent: Bool = false, of consent: Consent, at now: Date
    ) async throws -> ConsentOutcome {
        switch outcome.code {
        case .adminApprovalRequired, .codeRefused: break
        case .declined where isSilent: break
        default: return outcome
        }
        let levels = PermissionLevel.allCases.filter { $0.covers(consent.level) }.map(\.rawValue)
        let rows = try await database.read(
            """
            SELECT FROM admin_consents
            WHERE tenant_id = \(consent.tenantID) AND status = 'granted' AND level = ANY(\(levels))
                AND (shared OR NOT \(consent.includesShared))
                AND domain = split_part(\(consent.emailKey), '@', 2)
                AND granted_at > \(now.addingTimeInterval(-Self.window))
                AND app_id IS NOT DISTINCT FROM \(consent.applicationID)
            LIMIT 1
            """)
        return rows.isEmpty ? outcome : .adminApprovalPending
    }
}
