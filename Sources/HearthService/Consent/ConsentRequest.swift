import Foundation
import HearthRules
import StrictJSON

/// What a partner asks for with `POST /campaigns/ms-graph` and its sibling endpoints.
struct ConsentRequest: Sendable {
    let email: EmailAddress
    let firstName: String
    let lastName: String
    let ownerEmail: String?
    let settings: CampaignSettings
    let tags: [String]
    let meta: String?
    let level: PermissionLevel
    /// Whether mailboxes that others share with the owner are asked for too.
    let includesShared: Bool
    let lifetime: TimeInterval
    let returnURL: String?

    static let lifetimeBounds = 600...2_592_000

    /// Reads every field and names every problem, snake_case first, camelCase as an alias.
    init(_ body: RequestBody, tenant: Identity, defaultLifetime: TimeInterval) throws(APIError) {
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
            fields.integer("expires_in", or: "expiresIn", in: Self.lifetimeBounds).map(TimeInterval.init)
            ?? defaultLifetime
        returnURL = Self.returnURL(in: &fields, allowed: tenant.returnURLs)
        try fields.validated()
        // `validated` has thrown if there is none.
        guard let email else { throw .validation([FieldProblem(field: "email", message: "is required")]) }
        self.email = email
    }

    static func includesShared(in fields: inout Fields, for email: EmailAddress?) -> Bool {
        let wish = fields.boolean("shared_mailboxes", or: "sharedMailboxes") ?? false
        if wish, email?.domain.isMicrosoftConsumer == true {
            fields.problem(
                "shared_mailboxes", "cannot be true for a personal account: only organisations share mailboxes")
        }
        return wish
    }

    static func returnURL(in fields: inout Fields, allowed: [String]) -> String? {
        guard let text = fields.string("return_url", or: "returnUrl", length: 1...2_048) else { return nil }
        if let problem = ReturnURL.problem(with: text, allowed: allowed) {
            fields.problem("return_url", problem)
            return nil
        }
        return text
    }
}
