package import Foundation
import HearthCampaigns
package import HearthCore
package import HearthRules
package import HearthWeb
import Outbound
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

/// The URL to which a browser may be sent after consent. It must lie within a prefix that the operator has allowed, compared
/// by origin and whole path segments.
package enum ReturnURL {
    /// Describes what is wrong with a return URL, as a clause that follows the field's name; nil if it may be used.
    package static func problem(with text: String, allowed: [String]) -> String? {
        // Browsers drop some of these characters and parse others differently from `URLComponents`.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            return "contains a character that must be percent-encoded"
        }
        if text.contains("#") { return "must not contain a fragment" }
        guard let url = URLComponents(string: text), url.host != nil,
            allowed.contains(where: { isWithin(url, prefix: $0) })
        else { return "must begin with one of the return URLs that the operator has allowed for this account" }
        return nil
    }

    /// Describes what is wrong with a prefix, as a clause that follows "the return URL"; nil if it may be allowed.
    package static func problem(withPrefix text: String, allowsPlainHTTP: Bool) -> String? {
        do {
            _ = try TargetURL(text, allowsPlainHTTP: allowsPlainHTTP)
        } catch {
            return "cannot be used: \(error)"
        }
        return text.contains("?") ? "must not contain a query" : nil
    }

    private static func isWithin(_ url: URLComponents, prefix: String) -> Bool {
        guard let allowed = URLComponents(string: prefix), allowed.host != nil, url.user == nil, url.password == nil,
            url.scheme?.lowercased() == allowed.scheme?.lowercased(),
            url.host?.lowercased() == allowed.host?.lowercased(),
            url.port == allowed.port
        else { return false }
        let segments = url.path.split(separator: "/")
        guard !segments.contains(".."), !segments.contains(".") else { return false }
        return segments.starts(with: allowed.path.split(separator: "/"))
    }

    /// Appends the outcome to the partner's query, which is kept byte for byte. Never adds an address or a token.
    package static func text(_ returnURL: String, consentID: Int64, outcome: String, campaignID: Int64?) -> String {
        var items = [("consent_id", String(consentID)), ("outcome", outcome)]
        if let campaignID { items.append(("campaign_id", String(campaignID))) }
        let separator = !returnURL.contains("?") ? "?" : returnURL.hasSuffix("?") || returnURL.hasSuffix("&") ? "" : "&"
        return returnURL + separator + FormEncoding.encode(items)
    }
}
