import HearthRules
import HearthWeb
import StrictJSON

/// The fields of a form as shown, with the values entered and the problems of each.
struct ConsoleForm: Sendable {
    let fields: [FormField]
    let entered: ParsedBody
    let problems: [FieldProblem]

    /// The content of the template `fields`.
    var content: [[String: Any]] { fields.map(content) }

    /// The body without its empty fields: a browser sends every field of a form, filled in or not.
    static func filledIn(_ body: ParsedBody) -> ParsedBody {
        ParsedBody(form: JSONObject(body.object.members.filter { $0.value.asString != "" }))
    }

    /// The message above the fields of a refused form.
    static func words(for refusal: APIError) -> String {
        refusal.errors.isEmpty ? refusal.message : "Some fields are not valid. See below."
    }

    private func content(of field: FormField) -> [String: Any] {
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

struct FormField: Sendable {
    enum Input: Sendable {
        case text(type: String)
        /// Values and their labels; the first is the default.
        case choice([(String, String)])
    }

    let name: String
    let label: String
    var input = Input.text(type: "text")
    var standard = ""
    var hint: String?
    var isRequired = false
    var isWide = false
}

extension FormField {
    static let firstName = FormField(name: "first_name", label: "First name")
    static let lastName = FormField(name: "last_name", label: "Last name")
    static let tags = FormField(name: "tags", label: "Tags", hint: "Separated by commas.")

    static func permissions(standard: [(String, String)] = [], levels: [PermissionLevel]) -> FormField {
        FormField(
            name: "permission_level", label: "Permissions",
            input: .choice(standard + levels.map { ($0.rawValue, $0.label) }))
    }

    static func sharedMailboxes(standard: [(String, String)] = []) -> FormField {
        FormField(
            name: "shared_mailboxes", label: "Shared mailboxes too",
            input: .choice(standard + [("false", "no"), ("true", "yes")]),
            hint: "Mailboxes that the organisation shares with the owner.")
    }

    static func lifetime(standard: [(String, String)] = []) -> FormField {
        let lives = [("604800", "7 days"), ("86400", "a day"), ("2592000", "30 days")]
        return FormField(name: "expires_in", label: "The link works for", input: .choice(standard + lives))
    }
}
