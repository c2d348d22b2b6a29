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
