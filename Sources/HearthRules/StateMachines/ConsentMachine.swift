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
