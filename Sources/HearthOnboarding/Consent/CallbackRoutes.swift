import Foundation
import HTTPTypes
import HearthCore
import HearthMailboxes
import HearthMicrosoft
import HearthRules
import HearthWeb
import Hummingbird
import Logging
import Outbound

/// `GET /oauth/microsoft/callback`, to which Microsoft redirects the owner's browser, and the result page.
///
/// The callback answers with a 303 to a page whose URL has neither code nor state, so that reloading it shows the same
/// result and nothing redeemable stays in the browser's history.
struct CallbackRoutes {
    let store: ConsentStore
    let attempt: ConsentAttempt
    let completion: CompleteConsent
    let approval: RecentApproval
    let pages: ResultPages
    let logos: LogoStore
    let work: WorkSignals
    let meters: Meters
    let now: @Sendable () -> Date
    let reached: @Sendable (Checkpoint) -> Void

    init(_ connections: Connections) throws {
        let dependencies = connections.dependencies
        let database = dependencies.database
        store = ConsentStore(database: database, keyRing: dependencies.keyRing)
        attempt = ConsentAttempt(
            client: connections.microsoft, keys: SigningKeys(connections.microsoft),
            applications: MicrosoftApplications(
                database: database, keyRing: dependencies.keyRing, client: connections.microsoft),
            now: dependencies.now, reached: dependencies.reached)
        completion = CompleteConsent(
            database: database, ids: dependencies.ids, keyRing: dependencies.keyRing,
            schedule: dependencies.settings.grantSchedule, now: dependencies.now,
            reached: dependencies.reached, recorder: dependencies.recorder, dependents: connections.dependents)
        approval = RecentApproval(database: database)
        pages = try ResultPages(endpoints: dependencies.settings.microsoft)
        logos = LogoStore(database: database)
        work = dependencies.work
        meters = dependencies.meters
        now = dependencies.now
        reached = dependencies.reached
    }

    func callback(_ request: Request, context: AppContext) async throws -> Response {
        let language = Language(accepting: request.headers)
        let query = request.uri.queryParameters
        func parameter(_ name: Substring) -> String? { query[name].map(String.init) }
        guard let token = parameter("state").flatMap({ LinkToken($0) }),
            let consent = try await store.find(token.consentID, of: token.tenantID)
        else { return try pages.unknownLink(in: language) }
        let link = try store.link(of: consent)
        guard link.isState(token) else { return try pages.unknownLink(in: language) }
        context.facts.setCaller("tenant.id", to: consent.tenantID)

        if let error = parameter("error") {
            let refusal = RedirectError(
                error: error, subcode: parameter("error_subcode"), description: parameter("error_description"),
                askedForShared: consent.includesShared)
            try await settle(
                refusal.outcome, isSilent: refusal.isSilent, consent: consent, lease: nil, context: context)
        } else if let code = parameter("code"), !code.isEmpty {
            let isClaimed = try await redeem(code, consent: consent, link: link, context: context)
            if !isClaimed, try await isUsed(code, consent: consent) {
                return try pages.linkUsed(consent, logo: try await logos.path(of: consent.tenantID), in: language)
            }
        } else {
            return try pages.unknownLink(in: language)
        }
        return Response(
            status: .seeOther,
            headers: [
                .location: ResultPages.path(link), .cacheControl: "no-store",
                HTTPField.Name.referrerPolicy: "no-referrer",
            ])
    }

    func result(_ request: Request, context: AppContext) async throws -> Response {
        let language = Language(accepting: request.headers)
        guard let token = context.parameters.get("token").flatMap({ LinkToken($0) }),
            let consent = try await store.find(token.consentID, of: token.tenantID)
        else { return try pages.unknownLink(in: language) }
        let link = try store.link(of: consent)
        guard link.isResult(token) else { return try pages.unknownLink(in: language) }
        return try pages.result(
            of: consent, link: link, logo: try await logos.path(of: consent.tenantID), in: language, at: now())
    }

    /// Returns the page shown instead of an error. The link stays valid.
    func unavailable(_ refusal: APIError, to request: Request, context: AppContext) throws -> Response {
        var response = try pages.unavailable(in: Language(accepting: request.headers))
        response.status = refusal.status
        return response
    }

    /// - Returns: false if the consent has ended, is being redeemed, or has already been claimed with this code.
    private func redeem(
        _ code: String, consent: Consent, link: ConsentLink, context: AppContext
    ) async throws -> Bool {
        guard let lease = try await store.claim(consent, code: code, at: now()) else { return false }
        reached(.consentClaimed)
        do {
            let proof = try await attempt.prove(consent, link: link, code: code)
            let owner = Caller("owner", of: consent.tenantID, in: context)
            // The code cannot be redeemed again, so the result is stored even if the owner has disconnected.
            let settled = try await uncancelled { [completion] in
                try await completion.settle(consent, lease: lease, proof: proof, by: owner)
            }
            if settled != nil {
                reached(.consentCommitted)
                meters.consent(outcome: "completed")
                work.eventCommitted()
            }
        } catch let outcome as ConsentOutcome {
            context.logger.info(
                "Consent attempt failed",
                metadata: ["consent.id": "\(consent.id)", "consent.outcome": "\(outcome.code.rawValue)"])
            try await uncancelled { try await settle(outcome, consent: consent, lease: lease, context: context) }
        } catch {
            // An internal error: the claim is released, so that the owner can follow the link again.
            context.logger.error(
                "Consent attempt failed with an internal error",
                metadata: ["consent.id": "\(consent.id)", "error": "\(error)"])
            try await uncancelled {
                try await settle(.failed(.temporaryFault), consent: consent, lease: lease, context: context)
            }
        }
        return true
    }

    private func settle(
        _ outcome: ConsentOutcome, isSilent: Bool = false, consent: Consent, lease: Int?, context: AppContext
    ) async throws {
        let outcome = try await approval.explained(outcome, isSilent: isSilent, of: consent, at: now())
        let owner = Caller("owner", of: consent.tenantID, in: context)
        guard try await store.settle(outcome, consent: consent, lease: lease, by: owner, at: now()) else { return }
        meters.consent(outcome: outcome.kind.rawValue)
        work.eventCommitted()
    }

    /// Whether the link was used before: the consent is completed, and this code has never claimed it.
    private func isUsed(_ code: String, consent: Consent) async throws -> Bool {
        guard let current = try await store.find(consent.id, of: consent.tenantID) else { return false }
        return current.status == .completed && !current.codes.contains(ConsentStore.digest(of: code))
    }
}

/// Interprets the error in Microsoft's redirect.
///
/// A refusal by the owner and a block by a policy can be byte-identical, so the page for both only says that nothing was
/// completed. The AADSTS number distinguishes them, if there is one.
struct RedirectError {
    let error: String
    let subcode: String?
    let description: String?
    /// Whether the consent requested access to mailboxes that others share with the owner.
    let askedForShared: Bool

    private var code: Int? { description.flatMap(MicrosoftFault.number(inDescription:)) }

    /// Whether Microsoft gives no reason, so that a block looks like a refusal.
    var isSilent: Bool { code == nil }

    var outcome: ConsentOutcome {
        // The scopes for shared mailboxes do not exist for personal accounts.
        if askedForShared, error == "invalid_scope" { return .failed(.sharedNotForPersonal) }
        if let code, MicrosoftFault.ofOrganization.contains(code) || MicrosoftFault.isConditionalAccess(code) {
            return .adminRequired
        }
        switch (error, code) {
        case (_, 90_094?), (_, 90_095?), ("consent_required", _): return .adminRequired
        case ("access_denied", _): return .declined
        case ("temporarily_unavailable", _), ("server_error", _): return .failed(.temporaryFault)
        case ("interaction_required", _), ("login_required", _): return .declined
        default: return .failed(.applicationFault)
        }
    }
}
