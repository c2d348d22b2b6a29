import HearthMailboxes
import HearthMicrosoft

/// Interprets the error in Microsoft's redirect.
///
/// A refusal by the owner and a block by a policy can be byte-identical, so the page for both only says that nothing was
/// completed. The AADSTS number distinguishes them, if there is one.
struct RedirectError {
    let error: String
    let subcode: String?
    let description: String?
    /// Whether the consent requested access to mailboxes that others share with the owner.
    let askedForShared: Bool

    private var code: Int? { description.flatMap(MicrosoftFault.number(inDescription:)) }

    /// Whether Microsoft gives no reason, so that a block looks like a refusal.
    var isSilent: Bool { code == nil }

    var outcome: ConsentOutcome {
        // The scopes for shared mailboxes do not exist for personal accounts.
        if askedForShared, error == "invalid_scope" { return .failed(.sharedNotForPersonal) }
        if let code, MicrosoftFault.ofOrganization.contains(code) || MicrosoftFault.isConditionalAccess(code) {
            return .adminRequired
        }
        switch (error, code) {
        case (_, 90_094?), (_, 90_095?), ("consent_required", _): return .adminRequired
        case ("access_denied", _): return .declined
        case ("temporarily_unavailable", _), ("server_error", _): return .failed(.temporaryFault)
        case ("interaction_required", _), ("login_required", _): return .declined
        default: return .failed(.applicationFault)
        }
    }
}
