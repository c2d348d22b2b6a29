/// States of an administrator's link.
package enum AdminConsentStatus: String, StoredState {
    case open, granted, revoked
    /// Past its time. Never stored, because nothing has to be done about it.
    case expired
}

package enum AdminConsentMove: StateMachine {
    case grant, refuse, revoke

    package var move: Move<AdminConsentStatus> {
        switch self {
        case .grant: Move(from: .open, to: .granted)
        // The link stays open; the refusal is recorded beside the state.
        case .refuse: Move(from: .open, to: .open)
        case .revoke: Move(from: .open, to: .revoked)
        }
    }
}
