import HearthMailboxes
import HearthMicrosoft

/// What Microsoft's error redirect means.
///
/// A refusal by the owner and a block by a policy can be identical byte for byte, so the page for both says that nothing was
/// completed, not that the owner refused. A number tells the two apart where there is one.
struct RedirectError {
    let error: String
    let subcode: String?
    let description: String?
    /// Whether the consent asked for mailboxes that others share with the owner.
    let askedForShared: Bool

    private var code: Int? { description.flatMap(MicrosoftFault.number(inDescription:)) }

    /// It gives no reason, so a block looks like a refusal.
    var isSilent: Bool { code == nil }

    var outcome: ConsentOutcome {
        // A personal account has none of those scopes, so that they are invalid for it.
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
