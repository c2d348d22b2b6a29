import HearthRules
import StrictJSON

/// The fields of the form that makes a link, as they are shown: what was typed stays, and each says what is wrong.
struct ConnectForm: Sendable {
    let entered: RequestBody
    let problems: [FieldProblem]

    private enum Input: Sendable {
        case text(type: String)
        /// Values and what stands for them; the first is the standard.
        case choice([(String, String)])
    }

    private struct Field: Sendable {
        let name: String
        let label: String
        var input = Input.text(type: "text")
        var standard = ""
        var hint: String?
        var isRequired = false
        var isWide = false
    }

    private static let fields: [Field] = {
        let standard = CampaignSettings.standard
        return [
            Field(
                name: "email", label: "Mailbox", input: .text(type: "email"),
                hint: "The address that the owner has to sign in with.", isRequired: true, isWide: true),
            Field(name: "first_name", label: "First name"),
            Field(name: "last_name", label: "Last name"),
            Field(
                name: "permission_level", label: "Permissions",
                input: .choice([PermissionLevel.warmup, .readSend, .send, .readOnly].map { ($0.rawValue, $0.label) })),
            Field(
                name: "shared_mailboxes", label: "Shared mailboxes",
                input: .choice([("false", "not asked for"), ("true", "those that are shared with the owner, too")])),
            Field(
                name: "expires_in", label: "The link works for",
                input: .choice([("604800", "7 days"), ("86400", "a day"), ("2592000", "30 days")])),
            Field(
                name: "email_per_day", label: "E-mails a day", input: .text(type: "number"),
                standard: String(standard.emailPerDay)),
            Field(
                name: "response_rate", label: "Response rate in percent", input: .text(type: "number"),
                standard: String(standard.responseRate)),
            Field(
                name: "with_rampup", label: "Ramp-up", input: .choice([("false", "off"), ("true", "on")])),
            Field(
                name: "rampup_speed", label: "Speed of the ramp-up",
                input: .choice([RampupSpeed.normal, .slow, .fast].map { ($0.rawValue, $0.rawValue) })),
            Field(
                name: "sending_schedule_presets", label: "Schedule",
                input: .choice(SchedulePreset.allCases.map { ($0.rawValue, $0.rawValue) })),
            Field(
                name: "timezone", label: "Time zone", standard: standard.timezone,
                hint: "A name of the IANA database, such as Europe/Berlin."),
            Field(
                name: "owner_email", label: "Account owner", input: .text(type: "email"),
                hint: "Whom the campaign belongs to on your side, if that matters to you."),
            Field(name: "tags", label: "Tags", hint: "Separated by commas."),
        ]
    }()

    /// What the template `connect` shows.
    var content: [[String: Any]] { Self.fields.map(content) }

    private func content(of field: Field) -> [String: Any] {
        let value = entered.object[field.name]?.asString ?? field.standard
        var content: [String: Any] = [
            "name": field.name, "label": field.label, "value": value, "isRequired": field.isRequired,
            "isWide": field.isWide,
        ]
        content["hint"] = field.hint
        let words = problems.filter { $0.field == field.name }.map(\.message).joined(separator: "; ")
        if !words.isEmpty { content["fault"] = "\(field.label) \(words)." }
        switch field.input {
        case .text(let type):
            content["isInput"] = true
            content["type"] = type
        case .choice(let choices):
            content["isSelect"] = true
            content["choices"] = choices.map { ["value": $0.0, "text": $0.1, "isChosen": $0.0 == value] }
        }
        return content
    }
}
