package import Foundation
import HearthCampaigns
package import HearthCore
package import HearthRules
package import HearthWeb
import StrictJSON

/// The parsed body of `POST /campaigns/ms-graph` and its sibling endpoints.
package struct ConsentRequest: Sendable {
    package let email: EmailAddress
    package let firstName: String
    package let lastName: String
    package let ownerEmail: String?
    let settings: CampaignSettings
    package let tags: [String]
    package let meta: String?
    package let level: PermissionLevel
    /// Whether to also request access to mailboxes that others share with the owner.
    package let includesShared: Bool
    package let lifetime: TimeInterval
    package let returnURL: String?

    /// Reads all fields, by their snake_case names or camelCase aliases.
    ///
    /// - Throws: an error that lists every problem.
    package init(_ body: ParsedBody, tenant: Identity, defaultLifetime: TimeInterval) throws(APIError) {
        var fields = Fields(body)
        let email = fields.address("email", required: true)
        firstName = fields.string("first_name", or: "firstName", length: 0...255) ?? ""
        lastName = fields.string("last_name", or: "lastName", length: 0...255) ?? ""
        ownerEmail = fields.address("owner_email", or: "ownerEmail")?.text
        settings = SettingsFields(&fields).applied(to: .standard)
        let meta = fields.meta()
        self.meta = meta?.text
        tags = fields.tags(meta: meta?.value) ?? []
        level = fields.choice("permission_level", or: "permissionLevel") ?? .warmup
        includesShared = Self.includesShared(in: &fields, for: email)
        lifetime =
            fields.integer("expires_in", or: "expiresIn", in: Settings.consentLifetimeBounds).map(TimeInterval.init)
            ?? defaultLifetime
        returnURL = Self.returnURL(in: &fields, allowed: tenant.returnURLs)
        try fields.validated()
        // Never nil here: `validated` has thrown if it is missing.
        guard let email else { throw .validation([FieldProblem(field: "email", message: "is required")]) }
        self.email = email
    }

    package static func includesShared(in fields: inout Fields, for email: EmailAddress?) -> Bool {
        let wish = fields.boolean("shared_mailboxes", or: "sharedMailboxes") ?? false
        if wish, email?.domain.isMicrosoftConsumer == true {
            fields.problem(
                "shared_mailboxes", "cannot be true for a personal account: only organisations share mailboxes")
        }
        return wish
    }

    package static func returnURL(in fields: inout Fields, allowed: [String]) -> String? {
        guard let text = fields.string("return_url", or: "returnUrl", length: 1...2_048) else { return nil }
        if let problem = ReturnURL.problem(with: text, allowed: allowed) {
            fields.problem("return_url", problem)
            return nil
        }
        return text
    }
}
