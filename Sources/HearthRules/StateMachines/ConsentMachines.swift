/// States of a consent: a link that a mailbox's owner may follow until it ends.
package enum ConsentStatus: String, StoredState {
    case open
    /// An attempt holds it while it asks Microsoft.
    case redeeming
    case completed, expired, revoked
}

package enum ConsentMove: StateMachine {
    case claim, settle, complete, expire, revoke

    package var move: Move<ConsentStatus> {
        switch self {
        // The lease of an attempt that died runs out; the next attempt claims the link from it.
        case .claim: Move(from: .open, .redeeming, to: .redeeming)
        // The attempt failed, or Microsoft redirected with an error. The owner may try again.
        case .settle: Move(from: .open, .redeeming, to: .open)
        case .complete: Move(from: .redeeming, to: .completed)
        case .expire: Move(from: .open, .redeeming, to: .expired)
        case .revoke: Move(from: .open, .redeeming, to: .revoked)
        }
    }
}

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

/// States of an invitation.
package enum InvitationStatus: String, StoredState {
    case invited
    /// The button was pressed.
    case opened
    case completed
    /// The last attempt ended this way. The link stays open.
    case declined, failed
    case expired, revoked

    /// Whether its link still leads somewhere.
    package var isLive: Bool {
        switch self {
        case .invited, .opened, .declined, .failed: true
        case .completed, .expired, .revoked: false
        }
    }
}

package enum InvitationMove: StateMachine {
    case open, decline, fail, giveUpMail, complete, expire, revoke, resend

    package var move: Move<InvitationStatus> {
        switch self {
        case .open: Move(from: .invited, to: .opened)
        case .decline: Move(from: .invited, .opened, .declined, .failed, to: .declined)
        case .fail: Move(from: .invited, .opened, .declined, .failed, to: .failed)
        // No mail server accepted the message. An owner who has opened the link by another way is not affected.
        case .giveUpMail: Move(from: .invited, to: .failed)
        // The consent decides: it may have been claimed before the invitation ended.
        case .complete:
            Move(from: .invited, .opened, .declined, .failed, .expired, .revoked, .completed, to: .completed)
        case .expire: Move(from: .invited, .opened, .declined, .failed, to: .expired)
        case .revoke: Move(from: .invited, .opened, .declined, .failed, to: .revoked)
        // A new link, also after the mailbox was connected or the time has passed.
        case .resend: Move(from: .invited, .opened, .declined, .failed, .completed, .expired, to: .invited)
        }
    }
}
