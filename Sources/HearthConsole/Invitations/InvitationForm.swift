import HearthMailboxes
import HearthRules
import HearthWeb

/// The form that invites a mailbox's owner.
struct InvitationForm: Sendable {
    /// Whether this service sends e-mail.
    let canMail: Bool

    var fields: [FormField] {
        [
            FormField(
                name: "email", label: "Mailbox", input: .text(type: "email"),
                hint: "The address that the owner must sign in with.", isRequired: true, isWide: true),
            .permissions(levels: [.readSend, .send, .readOnly, .warmup]), .lifetime(), .firstName, .lastName,
        ] + delivery + [
            FormField(
                name: "language", label: "Language",
                input: .choice(Language.allCases.map { ($0.rawValue, $0.name) }),
                hint: "Used in the message. The pages use the language of the owner's browser."),
            .sharedMailboxes(),
            FormField(
                name: "owner_email", label: "Account owner", input: .text(type: "email"),
                hint: "Optional: the person the mailbox belongs to in your own system."),
            .tags,
        ]
    }

    /// Who sends the link; no field if this service sends no e-mail.
    var delivery: [FormField] {
        guard canMail else { return [] }
        let ways = [("true", "by this service, by e-mail"), ("false", "by me: show me the link")]
        return [FormField(name: "send_email", label: "The link is sent", input: .choice(ways))]
    }
}

extension Language {
    /// The language's own name.
    fileprivate var name: String {
        switch self {
        case .english: "English"
        case .german: "Deutsch"
        case .french: "Français"
        case .spanish: "Español"
        }
    }
}
