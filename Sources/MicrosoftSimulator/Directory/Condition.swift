package import Foundation

/// Something that has happened to an account, an organisation or an application, and that can be undone.
package struct Condition: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// An administrator, or the person, revoked the sessions (AADSTS50173).
        case sessionsRevoked = "sessions_revoked"
        /// An administrator reset the password where that revokes (AADSTS50173).
        case passwordReset = "password_reset"
        /// The person changed the password: tokens of a confidential client live, unless `revokes`.
        case passwordChanged = "password_changed"
        case passwordExpired = "password_expired"
        /// A sign-in frequency policy ran out (AADSTS70043).
        case signInFrequency = "sign_in_frequency"
        case mfaRequired = "mfa_required"
        case mfaEnrollment = "mfa_enrollment"
        case conditionalAccess = "conditional_access"
        case locked
        case disabled
        case deleted
        /// The person withdrew what they had consented to; an administrator's consent stays.
        case consentRemoved = "consent_removed"
        /// No licence: the account signs in and has no mailbox.
        case unlicensed
        /// The mailbox is on an Exchange server of the organisation's own.
        case onPremises = "on_premises"
        /// The administrator withdrew the consent for everybody.
        case adminConsentRemoved = "admin_consent_removed"
        case applicationDisabled = "application_disabled"
        /// The administrator deleted the application from the tenant, and every consent with it.
        case applicationRemoved = "application_removed"
        /// The application no longer serves several tenants (AADSTS50194).
        case singleTenant = "single_tenant"
        /// Any other AADSTS number, or OAuth error.
        case refused
    }

    package var kind: Kind
    /// Only for this application; nil for every one.
    package var clientID: String?
    /// In place of the kind's own AADSTS number.
    package var code: Int?
    /// In place of the number's own OAuth error.
    package var error: String?
    package var suberror: String?
    /// JSON text for the `claims` of the refusal.
    package var claims: String?
    /// Whether a new sign-in gives a grant that works; nil: what the kind implies.
    package var signInHelps: Bool?
    /// Whether a changed password ends the grants.
    package var revokes = false

    /// When it happened.
    package internal(set) var since = Date.distantPast
    /// Grants with a lower number were there before it.
    var grantsBefore = 0

    package init(_ kind: Kind) {
        self.kind = kind
    }

    /// Whether grants of later sign-ins are spared.
    var isCuredBySignIn: Bool {
        if let signInHelps { return signInHelps }
        return switch kind {
        case .sessionsRevoked, .passwordReset, .passwordChanged, .passwordExpired, .signInFrequency, .mfaRequired,
            .mfaEnrollment:
            true
        default: false
        }
    }
}

extension Condition.Kind {
    /// What it can happen to.
    enum Level: String, Sendable {
        case account, organization, application
    }

    var levels: Set<Level> {
        switch self {
        case .refused: [.account, .organization, .application]
        case .sessionsRevoked, .signInFrequency, .mfaRequired, .mfaEnrollment, .conditionalAccess, .unlicensed,
            .onPremises:
            [.account, .organization]
        case .applicationDisabled, .applicationRemoved: [.organization, .application]
        case .adminConsentRemoved: [.organization]
        case .singleTenant: [.application]
        default: [.account]
        }
    }

    /// Policies and licences are an organisation's; personal accounts have none.
    var isForWorkOnly: Bool {
        switch self {
        case .signInFrequency, .mfaRequired, .mfaEnrollment, .conditionalAccess, .unlicensed, .onPremises: true
        default: false
        }
    }
}
