/// What Microsoft's error redirect means (contracts/microsoft.md 1.4 and 1.5).
///
/// "Declined" and "blocked by policy" can be byte-identical, so the page for both says that nothing was completed, not
/// that the owner refused.
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
        switch (error, code) {
        case (_, 90_094?), (_, 90_095?), ("consent_required", _): return .adminRequired
        case ("access_denied", _): return .declined
        case ("temporarily_unavailable", _), ("server_error", _): return .failed(.temporaryFault)
        case ("interaction_required", _), ("login_required", _): return .declined
        default: return .failed(.applicationFault)
        }
    }
}
