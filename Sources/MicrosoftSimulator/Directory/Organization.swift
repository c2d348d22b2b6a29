/// The tenant id of all personal Microsoft accounts.
package let consumerTenantID = "9188040d-6c67-4c5b-b112-36a304b66dad"

/// Who may consent in an organisation.
package enum ConsentPolicy: String, Sendable, CaseIterable {
    /// Every user, to everything.
    case allowAll
    /// Microsoft's default since November 2025: every user, but not to scopes that read mail.
    case microsoftManaged
    /// Every user, for applications of a verified publisher only.
    case verifiedOnly
    /// Administrators only.
    case disabled
}

/// A directory of an organisation: a tenant.
struct Organization: Sendable {
    let id: String
    /// The domain that the tenant was created with, `name.onmicrosoft.com`.
    let initialDomain: String
    var name: String
    /// Verified domains in lower case, including the initial one.
    var domains: [String]
    var consentPolicy: ConsentPolicy
    /// Whether a user who may not consent can ask an administrator from the page (AADSTS90095 instead of 90094).
    var adminConsentWorkflow = false
    /// Whether only assigned users may sign in to the application (AADSTS50105).
    var assignmentRequired = false
}

/// An organisation as a control request describes it.
package struct OrganizationOptions: Sendable {
    package var domain: String
    package var name: String?
    package var consentPolicy: ConsentPolicy?
    package var adminConsentWorkflow: Bool?
    package var assignmentRequired: Bool?

    package init(
        domain: String,
        name: String? = nil,
        consentPolicy: ConsentPolicy? = nil,
        adminConsentWorkflow: Bool? = nil,
        assignmentRequired: Bool? = nil
    ) {
        self.domain = domain
        self.name = name
        self.consentPolicy = consentPolicy
        self.adminConsentWorkflow = adminConsentWorkflow
        self.assignmentRequired = assignmentRequired
    }
}
