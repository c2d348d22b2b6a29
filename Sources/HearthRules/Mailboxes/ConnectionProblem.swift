/// Why a mailbox's connection does not work, and who can fix it. The raw names are stored and sent.
package enum ConnectionProblem: String, Sendable, CaseIterable {
    case revoked = "CONNECTION_REVOKED"
    case expired = "CONNECTION_EXPIRED"
    case scopeMissing = "CONNECTION_SCOPE_MISSING"
    case policyBlocked = "CONNECTION_POLICY_BLOCKED"
    case accountDisabled = "CONNECTION_ACCOUNT_DISABLED"
    case mailboxMissing = "CONNECTION_MAILBOX_MISSING"
    /// Disconnected by its partner rather than by Microsoft.
    case disconnected = "CONNECTION_DISCONNECTED"

    /// Who has to act to make it work again.
    package enum Remedy: String, Sendable, CaseIterable {
        /// The owner follows a new link.
        case reconnect
        /// The administrator of the owner's organisation.
        case administrator
    }

    package var remedy: Remedy {
        switch self {
        case .revoked, .expired, .scopeMissing, .disconnected: .reconnect
        case .policyBlocked, .accountDisabled, .mailboxMissing: .administrator
        }
    }

    /// What is wrong, for people.
    package var cause: String {
        switch self {
        case .revoked: "Access to the mailbox was withdrawn."
        case .expired: "Access to the mailbox has expired."
        case .scopeMissing: "The owner did not grant the required permissions."
        case .policyBlocked: "A policy of the owner's organisation blocks access."
        case .accountDisabled: "The owner's account is disabled or blocked at Microsoft."
        case .mailboxMissing: "Microsoft has no usable cloud mailbox for this account."
        case .disconnected: "The mailbox was disconnected."
        }
    }

    /// How to fix it, for people.
    package var advice: String {
        switch self {
        case .revoked, .expired, .disconnected: "Its owner has to follow a new link."
        case .scopeMissing: "The owner has to follow a new link and accept all of them."
        case .policyBlocked: "Its administrator has to allow this application."
        case .accountDisabled: "The organisation's administrator has to enable it."
        case .mailboxMissing: "The organisation's administrator has to provide one."
        }
    }

    package var words: String { cause + " " + advice }
}
