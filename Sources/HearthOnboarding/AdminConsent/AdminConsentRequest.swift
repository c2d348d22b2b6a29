import Foundation
import HearthCore
import HearthRules
import HearthWeb

/// The parsed body of `POST /admin-consents`: the organisation and the permissions to approve.
struct AdminConsentRequest: Sendable {
    let domain: MailDomain
    let email: String?
    let level: PermissionLevel
    let includesShared: Bool
    let lifetime: TimeInterval

    init(_ body: ParsedBody, defaultLifetime: TimeInterval) throws(APIError) {
        var fields = Fields(body)
        let email = Self.read("email", in: &fields) { text throws(EmailAddress.Problem) in try EmailAddress(text) }
        let named = Self.read("domain", in: &fields) { text throws(EmailAddress.Problem) in try MailDomain(text) }
        level = fields.choice("permission_level", or: "permissionLevel") ?? .warmup
        includesShared = fields.boolean("shared_mailboxes", or: "sharedMailboxes") ?? false
        lifetime =
            fields.integer("expires_in", or: "expiresIn", in: Settings.consentLifetimeBounds).map(TimeInterval.init)
            ?? defaultLifetime
        let domain = named ?? email?.domain
        if domain == nil { fields.problem("domain", "is required unless email is given") }
        if domain?.isMicrosoftConsumer == true {
            fields.problem(
                named == nil ? "email" : "domain",
                "must belong to an organisation: personal accounts have no administrator, and their owners decide")
        }
        try fields.validated()
        // Never nil here: `validated` has thrown if it is missing.
        guard let domain else { throw .validation([]) }
        self.domain = domain
        self.email = email?.text
    }

    private static func read<Value>(
        _ name: String, in fields: inout Fields, _ parse: (String) throws(EmailAddress.Problem) -> Value
    ) -> Value? {
        guard let text = fields.string(name, length: 1...1_000) else { return nil }
        do {
            return try parse(text)
        } catch {
            fields.problem(name, error.words)
            return nil
        }
    }
}
