/// Why a mailbox's connection does not work, and who can do something about it. The raw names are stored and sent.
package enum ConnectionProblem: String, Sendable, CaseIterable {
    case revoked = "CONNECTION_REVOKED"
    case expired = "CONNECTION_EXPIRED"
    case scopeMissing = "CONNECTION_SCOPE_MISSING"
    case policyBlocked = "CONNECTION_POLICY_BLOCKED"
    case accountDisabled = "CONNECTION_ACCOUNT_DISABLED"
    case mailboxMissing = "CONNECTION_MAILBOX_MISSING"

    /// Who has to act before it works again.
    package enum Remedy: String, Sendable, CaseIterable {
        /// The owner follows a new link.
        case reconnect
        /// The administrator of the owner's organisation.
        case administrator
    }

    package var remedy: Remedy {
        switch self {
        case .revoked, .expired, .scopeMissing: .reconnect
        case .policyBlocked, .accountDisabled, .mailboxMissing: .administrator
        }
    }

    /// What is wrong and what to do, for people.
    package var words: String {
        switch self {
        case .revoked: "Access to the mailbox was withdrawn. Its owner has to follow a new link."
        case .expired: "Access to the mailbox has expired. Its owner has to follow a new link."
        case .scopeMissing:
            "The owner did not grant what is needed. The owner has to follow a new link and accept everything."
        case .policyBlocked:
            "A policy of the owner's organisation blocks access. Its administrator has to allow this application."
        case .accountDisabled:
            "The owner's account is disabled or blocked at Microsoft. The organisation's administrator has to enable it."
        case .mailboxMissing:
            "Microsoft has no usable cloud mailbox for this account. The organisation's administrator has to provide one."
        }
    }
}
