/// States of a grant: one consent's tokens.
package enum GrantState: String, StoredState {
    case live
    /// Microsoft refuses it permanently. Its tokens are destroyed.
    case dead
    /// A newer consent took its place, or nothing uses the mailbox any more. Its tokens are destroyed.
    case replaced
}

package enum GrantMove: StateMachine {
    case end, replace

    package var move: Move<GrantState> {
        switch self {
        case .end: Move(from: .live, to: .dead)
        case .replace: Move(from: .live, to: .replaced)
        }
    }
}
