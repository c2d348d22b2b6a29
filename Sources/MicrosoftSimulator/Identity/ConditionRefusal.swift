import Foundation

extension Condition {
    /// The context of a refusal.
    struct Case {
        let kind: AccountKind
        let tenantID: String
        let application: RegisteredApplication
        /// When the refused grant began; now, at a sign-in.
        let grantedAt: Date
        /// The id of the policy that a claims challenge names.
        let policyID: String
    }

    /// The token endpoint's refusal; nil if the condition does not concern tokens, or spares these.
    func refusal(in context: Case) -> IdentityFailure? {
        var failure: IdentityFailure
        if let code {
            failure = IdentityFailure(code, context.application.clientID, context.tenantID)
            failure.claims = kind == .conditionalAccess || kind == .mfaRequired ? context.claims : nil
        } else if let usual = usual(in: context) {
            failure = usual
        } else {
            return nil
        }
        if let error { failure = failure.reported(as: error) }
        if let suberror { failure.suberror = suberror }
        if let claims { failure.claims = claims }
        return failure
    }

    private func usual(in context: Case) -> IdentityFailure? {
        let application = context.application
        switch kind {
        case .sessionsRevoked, .passwordReset: return revoked(context)
        case .passwordChanged: return revokes ? revoked(context) : nil
        case .passwordExpired: return IdentityFailure(50055)
        case .signInFrequency: return IdentityFailure(70043)
        case .mfaRequired: return IdentityFailure(50076).challenging(context.claims)
        case .mfaEnrollment: return IdentityFailure(50079)
        case .conditionalAccess: return IdentityFailure(53003).challenging(context.claims)
        case .locked: return IdentityFailure(50053)
        case .disabled: return IdentityFailure(50057)
        case .deleted: return IdentityFailure(50034, context.tenantID)
        case .applicationDisabled: return IdentityFailure(7000112, application.clientID, application.name)
        case .applicationRemoved: return IdentityFailure(700016, application.clientID, context.tenantID)
        case .singleTenant: return IdentityFailure(50194, application.clientID, application.name)
        case .refused: return error.map { IdentityFailure(error: $0, code: nil, text: "The request failed.") }
        case .consentRemoved, .adminConsentRemoved, .unlicensed, .onPremises: return nil
        }
    }

    /// Personal accounts get the generic number for everything.
    private func revoked(_ context: Case) -> IdentityFailure {
        context.kind == .personal
            ? IdentityFailure(70000, "refresh_token")
            : IdentityFailure(50173, Timestamp.graph(context.grantedAt), Timestamp.graph(since))
    }
}

extension Condition.Case {
    /// The challenge that a client passes to the authorize endpoint.
    var claims: String {
        let body: JSON = ["access_token": ["capolids": ["essential": true, "values": [.string(policyID)]]]]
        return String(decoding: body.data, as: UTF8.self)
    }
}

/// Applies conditions to tokens and sign-ins.
extension SimulatorState {
    /// Throws if the application is refused for every account.
    func checkApplication(_ application: RegisteredApplication, tenant: String) throws(IdentityFailure) {
        for condition in conditions.of(.application(application.clientID.lowercased())) {
            let context = conditionCase(.work, tenantID: tenant, application: application, grantedAt: now)
            if let failure = condition.refusal(in: context) { throw failure }
        }
    }

    /// Throws if a condition blocks the grant.
    func checkConditions(of grant: Int, account: Account, application: RegisteredApplication) throws(IdentityFailure) {
        let started = book.grants[grant].startedAt
        try check(account, application, grantedAt: started) { !$0.isCuredBySignIn || grant < $0.grantsBefore }
    }

    /// Throws if not even an interactive sign-in succeeds.
    func checkSignIn(_ account: Account, application: RegisteredApplication) throws(IdentityFailure) {
        try checkApplication(application, tenant: account.id.tenantID)
        // A new consent restores a removed application.
        try check(account, application, grantedAt: now) { !$0.isCuredBySignIn && $0.kind != .applicationRemoved }
    }

    /// Throws if the sign-in needs an interaction, which `prompt=none` forbids.
    func checkSilentSignIn(_ account: Account, application: RegisteredApplication) throws(IdentityFailure) {
        try check(account, application, grantedAt: now) { $0.kind == .mfaRequired || $0.kind == .mfaEnrollment }
    }

    private func check(
        _ account: Account, _ application: RegisteredApplication, grantedAt: Date, where applies: (Condition) -> Bool
    ) throws(IdentityFailure) {
        for condition in conditions.bearing(on: account.id, clientID: application.clientID) where applies(condition) {
            let context = conditionCase(
                account.kind, tenantID: account.id.tenantID, application: application, grantedAt: grantedAt
            )
            if let failure = condition.refusal(in: context) { throw failure }
        }
    }

    private func conditionCase(
        _ kind: AccountKind, tenantID: String, application: RegisteredApplication, grantedAt: Date
    ) -> Condition.Case {
        var policy = SeededGenerator(seed: settings.seed ?? 0, name: "policy \(tenantID)")
        return .init(
            kind: kind, tenantID: tenantID, application: application, grantedAt: grantedAt, policyID: policy.guid()
        )
    }
}
