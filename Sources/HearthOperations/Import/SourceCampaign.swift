import HearthCore
import HearthOnboarding
import HearthRules
import HearthWeb
import StrictJSON

/// A campaign as returned by a Mailivery-style service, and the parts of it that a link can use.
struct SourceCampaign: Sendable {
    /// The old id, as text.
    let id: String
    let object: JSONObject

    /// Returns nil if the value has no usable id.
    init?(_ value: JSONValue) {
        guard let object = value.asObject else { return nil }
        switch object["id"] {
        case .integer(let number)?: id = String(number)
        case .string(let text)? where (1...255).contains(text.unicodeScalars.count) && text.refusedCharacter == nil:
            id = text
        default: return nil
        }
        self.object = object
    }

    /// For display; nil if it has characters that must not reach a terminal.
    var email: String? { shown("email") }
    var status: String? { shown("status_code") }

    /// The sort key: campaigns that are in use come first.
    var rank: Int { ["active": 0, "paused": 1][status ?? ""] ?? 2 }

    /// Whether the list contained everything. According to partners, only the details have tags and owner.
    var isWhole: Bool {
        ["email", "first_name", "email_per_day", "response_rate", "timezone", "tags", "owner"]
            .allSatisfy { object[$0] != nil }
    }

    private func shown(_ name: String) -> String? {
        object[name]?.asString.flatMap { $0.refusedCharacter == nil ? $0 : nil }
    }

    /// Why no link can be created for it; nil if one can.
    var obstacle: String? {
        if status == "deleted" { return "it is deleted at the source" }
        let providers = ["imap_type", "smtp_type"].compactMap { object[$0]?.asString?.lowercased() }
        if let other = providers.first(where: { ["gmail", "google", "google-oauth", "sendgrid"].contains($0) }) {
            return "its provider is \(other), and Hearth connects Microsoft mailboxes only"
        }
        return nil
    }

    /// The fields of a link, each with the spellings that a campaign may use.
    private static let members: [(name: String, spellings: [String])] = [
        ("email", ["email"]), ("first_name", ["first_name", "firstName"]), ("last_name", ["last_name", "lastName"]),
        ("email_per_day", ["email_per_day", "emailsPerDay"]), ("response_rate", ["response_rate", "responseRate"]),
        ("with_rampup", ["with_rampup", "enableRampUp"]), ("rampup_speed", ["rampup_speed", "rampupSpeed"]),
        ("timezone", ["timezone"]), ("sending_schedule_presets", ["sending_schedule_presets"]),
        ("warmup_audience_type", ["warmup_audience_type"]), ("tags", ["tags"]), ("meta", ["meta"]),
    ]

    /// Returns the body of a call that creates the link, without the given fields.
    func body(without dropped: Set<String>) -> ParsedBody {
        var members = Self.members.compactMap { name, spellings -> JSONObject.Member? in
            spellings.compactMap { object[$0] }.first { !$0.isNull }.map { JSONObject.Member(name: name, value: $0) }
        }
        if let owner = object["owner_email"]?.asString ?? object["owner"]?.asObject?["email"]?.asString {
            members.append(JSONObject.Member(name: "owner_email", value: .string(owner)))
        }
        return ParsedBody(form: JSONObject(members.filter { !dropped.contains($0.name) }))
    }

    /// Returns the request for the link. A setting that Hearth does not accept is left at its default, with a warning.
    ///
    /// - Throws: if the address itself cannot be used.
    func request(for identity: Identity) throws(APIError) -> (wanted: ConsentRequest, warnings: [String]) {
        let life = Double(Settings.consentLifetimeBounds.upperBound)
        let problems: [FieldProblem]
        do {
            return (try ConsentRequest(body(without: []), tenant: identity, defaultLifetime: life), [])
        } catch {
            problems = error.errors
        }
        let fields = Set(problems.map { String($0.field.prefix { $0 != "[" && $0 != "." }) })
        let wanted = try ConsentRequest(
            body(without: fields.subtracting(["email"])), tenant: identity, defaultLifetime: life)
        return (wanted, problems.map { "\($0.field) \($0.message); left at its default" })
    }
}
