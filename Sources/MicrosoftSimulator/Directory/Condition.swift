package import Foundation

/// Something that has happened to an account, an organisation or an application, and can be undone.
package struct Condition: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// An administrator, or the person, revoked the sessions (AADSTS50173).
        case sessionsRevoked = "sessions_revoked"
        /// An administrator reset the password, which revokes the sessions (AADSTS50173).
        case passwordReset = "password_reset"
        /// The person changed the password: tokens of a confidential client stay valid, unless `revokes` is set.
        case passwordChanged = "password_changed"
        case passwordExpired = "password_expired"
        /// The period of a sign-in frequency policy has passed (AADSTS70043).
        case signInFrequency = "sign_in_frequency"
        case mfaRequired = "mfa_required"
        case mfaEnrollment = "mfa_enrollment"
        case conditionalAccess = "conditional_access"
        case locked
        case disabled
        case deleted
        /// The person withdrew their consent; an administrator's stays.
        case consentRemoved = "consent_removed"
        /// No licence: the account can sign in, but has no mailbox.
        case unlicensed
        /// The mailbox is on the organisation's own Exchange server.
        case onPremises = "on_premises"
        /// The administrator withdrew the consent for everybody.
        case adminConsentRemoved = "admin_consent_removed"
        case applicationDisabled = "application_disabled"
        /// The administrator deleted the application from the tenant, with every consent.
        case applicationRemoved = "application_removed"
        /// The application no longer serves several tenants (AADSTS50194).
        case singleTenant = "single_tenant"
        /// Any other AADSTS number, or OAuth error.
        case refused
    }

    package var kind: Kind
    /// The application concerned; nil for all.
    package var clientID: String?
    /// Replaces the kind's own AADSTS number.
    package var code: Int?
    /// Replaces the number's own OAuth error.
    package var error: String?
    package var suberror: String?
    /// The `claims` of the refusal, as JSON text.
    package var claims: String?
    /// Whether a grant from a new sign-in works; nil for the kind's default.
    package var signInHelps: Bool?
    /// Whether a changed password ends the grants.
    package var revokes = false

    /// When it happened.
    package internal(set) var since = Date.distantPast
    /// The grants with a lower number are older than the condition.
    var grantsBefore = 0

    package init(_ kind: Kind) {
        self.kind = kind
    }

    /// Whether grants from later sign-ins work.
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
    /// What a condition can happen to.
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

    /// Policies and licences exist only in organisations.
    var isForWorkOnly: Bool {
        switch self {
        case .signInFrequency, .mfaRequired, .mfaEnrollment, .conditionalAccess, .unlicensed, .onPremises: true
        default: false
        }
    }
}
