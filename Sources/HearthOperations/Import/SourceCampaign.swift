import HearthCore
import HearthOnboarding
import HearthRules
import HearthWeb
import StrictJSON

/// A campaign as a Mailivery-style service shows it, and what a link of ours can take from it.
struct SourceCampaign: Sendable {
    /// The old id, as text.
    let id: String
    let object: JSONObject

    /// Nil when the value has no usable id.
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

    /// As it is shown; nil when it has characters that must not reach a terminal.
    var email: String? { shown("email") }
    var status: String? { shown("status_code") }

    /// The smaller, the more its mailbox is in use.
    var rank: Int { ["active": 0, "paused": 1][status ?? ""] ?? 2 }

    /// Whether the list showed all that the details would: partners find tags and owner in the latter only.
    var isWhole: Bool {
        ["email", "first_name", "email_per_day", "response_rate", "timezone", "tags", "owner"]
            .allSatisfy { object[$0] != nil }
    }

    private func shown(_ name: String) -> String? {
        object[name]?.asString.flatMap { $0.refusedCharacter == nil ? $0 : nil }
    }

    /// Why there can be no link for it.
    var obstacle: String? {
        if status == "deleted" { return "it is deleted there" }
        let providers = ["imap_type", "smtp_type"].compactMap { object[$0]?.asString?.lowercased() }
        if let other = providers.first(where: { ["gmail", "google", "google-oauth", "sendgrid"].contains($0) }) {
            return "its provider is \(other), and Hearth connects Microsoft mailboxes only"
        }
        return nil
    }

    /// Names of the contract, each with the spellings in which a campaign may carry it.
    private static let members: [(name: String, spellings: [String])] = [
        ("email", ["email"]), ("first_name", ["first_name", "firstName"]), ("last_name", ["last_name", "lastName"]),
        ("email_per_day", ["email_per_day", "emailsPerDay"]), ("response_rate", ["response_rate", "responseRate"]),
        ("with_rampup", ["with_rampup", "enableRampUp"]), ("rampup_speed", ["rampup_speed", "rampupSpeed"]),
        ("timezone", ["timezone"]), ("sending_schedule_presets", ["sending_schedule_presets"]),
        ("warmup_audience_type", ["warmup_audience_type"]), ("tags", ["tags"]), ("meta", ["meta"]),
    ]

    /// The body of the call that would make the link, without the fields that are named.
    func body(without dropped: Set<String>) -> ParsedBody {
        var members = Self.members.compactMap { name, spellings -> JSONObject.Member? in
            spellings.compactMap { object[$0] }.first { !$0.isNull }.map { JSONObject.Member(name: name, value: $0) }
        }
        if let owner = object["owner_email"]?.asString ?? object["owner"]?.asObject?["email"]?.asString {
            members.append(JSONObject.Member(name: "owner_email", value: .string(owner)))
        }
        return ParsedBody(form: JSONObject(members.filter { !dropped.contains($0.name) }))
    }

    /// What the link will be made of. A setting that Hearth does not know is left at its standard and named.
    ///
    /// - Throws: when the address itself cannot be used.
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
        return (wanted, problems.map { "\($0.field) \($0.message); left at its standard" })
    }
}
