import Foundation
import HearthRules
import StrictJSON

/// What a partner asks for with `POST /campaigns/ms-graph`: contract 3.1 and its sibling endpoints.
struct ConsentRequest: Sendable {
    let email: EmailAddress
    let firstName: String
    let lastName: String
    let ownerEmail: String?
    let settings: CampaignSettings
    let tags: [String]
    let meta: String?
    let level: PermissionLevel
    let lifetime: TimeInterval
    let returnURL: String?

    static let lifetimeBounds = 600...2_592_000
    private static let metaLimit = 16_384
    private static let tagLimit = 100

    /// Reads every field and names every problem, snake_case first, camelCase as an alias.
    init(_ body: RequestBody, tenant: Identity, defaultLifetime: TimeInterval) throws(APIError) {
        var fields = Fields(body)
        let standard = CampaignSettings.standard
        let email = Self.email("email", in: &fields, required: true)
        firstName = fields.string("first_name", or: "firstName", length: 0...255, trimmed: false) ?? ""
        lastName = fields.string("last_name", or: "lastName", length: 0...255, trimmed: false) ?? ""
        ownerEmail = Self.email("owner_email", or: "ownerEmail", in: &fields, required: false)?.text
        settings = CampaignSettings(
            emailPerDay: fields.integer("email_per_day", or: "emailsPerDay", in: CampaignSettings.emailPerDayBounds)
                ?? standard.emailPerDay,
            responseRate: fields.integer("response_rate", or: "responseRate", in: CampaignSettings.responseRateBounds)
                ?? standard.responseRate,
            withRampup: fields.boolean("with_rampup", or: "enableRampUp") ?? standard.withRampup,
            rampupSpeed: fields.choice("rampup_speed", or: "rampupSpeed") ?? standard.rampupSpeed,
            timezone: Self.timezone(in: &fields) ?? standard.timezone,
            sendingSchedule: fields.choice("sending_schedule_presets", or: "sendingSchedulePresets", "sending_schedule")
                ?? standard.sendingSchedule,
            audience: fields.choice("warmup_audience_type", or: "warmupAudienceType") ?? standard.audience)
        let meta = fields.json("meta", limit: Self.metaLimit)
        self.meta = meta?.text
        tags = Self.tags(in: &fields, meta: meta?.value)
        level = fields.choice("permission_level", or: "permissionLevel") ?? .warmup
        lifetime =
            fields.integer("expires_in", or: "expiresIn", in: Self.lifetimeBounds).map(TimeInterval.init)
            ?? defaultLifetime
        returnURL = Self.returnURL(in: &fields, allowed: tenant.returnURLs)
        try fields.validated()
        // `validated` has thrown if there is none.
        guard let email else { throw .validation([FieldProblem(field: "email", message: "is required")]) }
        self.email = email
    }

    private static func email(
        _ name: String, or alias: String? = nil, in fields: inout Fields, required: Bool
    ) -> EmailAddress? {
        guard let text = fields.string(name, or: alias, required: required, length: 0...1_000) else { return nil }
        if text.isEmpty, !required { return nil }
        do {
            return try EmailAddress(text)
        } catch {
            fields.problem(name, error.words)
            return nil
        }
    }

    private static func timezone(in fields: inout Fields) -> String? {
        guard let name = fields.string("timezone", length: 1...64) else { return nil }
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), TimeZone(identifier: name) != nil else {
            fields.problem("timezone", "must be a time zone of the IANA database, such as America/Chicago")
            return nil
        }
        return name
    }

    /// `tags` as a list or comma-separated, and `meta.tags` likewise, merged without duplicates (contract 11, question 2).
    private static func tags(in fields: inout Fields, meta: JSONValue?) -> [String] {
        var tags = fields.list("tags", count: 0...tagLimit, length: 1...255) ?? []
        switch meta?.asObject?["tags"] {
        case .string(let text)?:
            tags += text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        case .array(let values)?: tags += values.compactMap(\.asString)
        default: break
        }
        var seen = Set<String>()
        let distinct = tags.filter { seen.insert($0).inserted }
        if distinct.count > tagLimit {
            fields.problem("tags", "has more than \(tagLimit) tags, those of meta included")
        }
        if distinct.contains(where: { $0.isEmpty || $0.unicodeScalars.count > 255 || $0.contains("\0") }) {
            fields.problem("meta", "has a tag that is empty or longer than 255 characters")
        }
        return distinct
    }

    private static func returnURL(in fields: inout Fields, allowed: [String]) -> String? {
        guard let text = fields.string("return_url", or: "returnUrl", length: 1...2_048) else { return nil }
        guard let url = URLComponents(string: text), url.host != nil, url.fragment == nil,
            allowed.contains(where: { ReturnURL.isWithin(url, prefix: $0) })
        else {
            fields.problem(
                "return_url", "must begin with one of the return URLs that the operator has allowed for this account")
            return nil
        }
        return text
    }
}

/// Where a browser may be sent after consent: within an allowed prefix, by origin and whole path segments.
enum ReturnURL {
    static func isWithin(_ url: URLComponents, prefix: String) -> Bool {
        guard let allowed = URLComponents(string: prefix), allowed.host != nil, url.user == nil, url.password == nil,
            url.scheme?.lowercased() == allowed.scheme?.lowercased(),
            url.host?.lowercased() == allowed.host?.lowercased(),
            url.port == allowed.port
        else { return false }
        let segments = url.path.split(separator: "/")
        guard !segments.contains(".."), !segments.contains(".") else { return false }
        return segments.starts(with: allowed.path.split(separator: "/"))
    }

    /// The URL with what happened, never an address or a token.
    static func text(_ returnURL: String, consentID: Int64, outcome: String, campaignID: Int64?) -> String? {
        guard var url = URLComponents(string: returnURL) else { return nil }
        var items = url.queryItems ?? []
        items.append(URLQueryItem(name: "consent_id", value: String(consentID)))
        items.append(URLQueryItem(name: "outcome", value: outcome))
        if let campaignID { items.append(URLQueryItem(name: "campaign_id", value: String(campaignID))) }
        url.queryItems = items
        return url.string
    }
}
