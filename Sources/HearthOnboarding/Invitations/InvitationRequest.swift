package import Foundation
import HearthCampaigns
package import HearthCore
package import HearthRules
package import HearthWeb

/// The parsed body of `POST /invitations`.
package struct InvitationRequest: Sendable {
    package let email: EmailAddress
    package let firstName: String
    package let lastName: String
    package let ownerEmail: String?
    package let level: PermissionLevel
    package let includesShared: Bool
    package let language: Language
    package let tags: [String]
    package let meta: String?
    package let lifetime: Int
    package let returnURL: String?
    /// Whether we send the link; if false, the partner does.
    package let isMailed: Bool

    /// - Parameter canMail: whether this service can send e-mail. If so, it sends the link by default.
    package init(
        _ body: ParsedBody, tenant: Identity, defaultLifetime: TimeInterval, canMail: Bool
    ) throws(APIError) {
        var fields = Fields(body)
        let email = fields.address("email", required: true)
        firstName = fields.string("first_name", or: "firstName", length: 0...255) ?? ""
        lastName = fields.string("last_name", or: "lastName", length: 0...255) ?? ""
        ownerEmail = fields.address("owner_email", or: "ownerEmail")?.text
        let level: PermissionLevel? = fields.choice("permission_level", or: "permissionLevel", required: true)
        includesShared = ConsentRequest.includesShared(in: &fields, for: email)
        language = fields.choice("language") ?? .english
        let meta = fields.meta()
        self.meta = meta?.text
        tags = fields.tags(meta: meta?.value) ?? []
        lifetime =
            fields.integer("expires_in", or: "expiresIn", in: Settings.consentLifetimeBounds) ?? Int(defaultLifetime)
        returnURL = ConsentRequest.returnURL(in: &fields, allowed: tenant.returnURLs)
        isMailed = Self.isMailed(in: &fields, canMail: canMail)
        try fields.validated()
        // Never nil here: `validated` has thrown if one is missing.
        guard let email, let level else { throw .validation([]) }
        self.email = email
        self.level = level
    }

    package static func isMailed(in fields: inout Fields, canMail: Bool) -> Bool {
        let wish = fields.boolean("send_email", or: "sendEmail")
        if wish == true, !canMail {
            fields.problem(
                "send_email", "cannot be true: this service sends no e-mail. Leave it out, and send the link yourself")
        }
        return wish ?? canMail
    }
}

/// The parsed body of `POST /invitations/{id}/resend`.
package struct ResendRequest: Sendable {
    /// Lifetime of the new link in seconds; nil to keep that of the previous link.
    package let lifetime: Int?
    package let isMailed: Bool

    package init(_ body: ParsedBody, canMail: Bool) throws(APIError) {
        var fields = Fields(body)
        lifetime = fields.integer("expires_in", or: "expiresIn", in: Settings.consentLifetimeBounds)
        isMailed = InvitationRequest.isMailed(in: &fields, canMail: canMail)
        try fields.validated()
    }
}
