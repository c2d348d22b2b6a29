/// States of a message that a partner sends from a mailbox.
///
/// Graph reports that it has accepted a message and shows the copy in Sent Items. It never reports that a message was
/// delivered, so there is no such state.
package enum MessageStatus: String, StoredState {
    /// To be sent at a later time.
    case scheduled
    /// Due. Microsoft has not been asked to send it.
    case queued
    /// Microsoft is asked to send it, or was asked and its answer is not known yet.
    case submitting
    /// Microsoft has answered that it will send it.
    case accepted
    /// The copy in Sent Items was seen.
    case sent
    /// Microsoft refuses it. It was not sent.
    case failed
    /// At least one recipient's server refused it.
    case bounced
    /// A recipient has answered.
    case replied
    /// Microsoft was asked to send it, and whether it did cannot be found out.
    case unknown
    /// Not sent before something else is resolved, such as a lost connection.
    case held
    /// A recipient is on the suppression list.
    case suppressed
    case cancelled

    /// Whether Hearth does nothing more about the message. A bounce or an answer may still arrive.
    package var isFinal: Bool {
        switch self {
        case .scheduled, .queued, .submitting, .accepted, .held: false
        case .sent, .failed, .bounced, .replied, .unknown, .suppressed, .cancelled: true
        }
    }
}

package enum MessageMove: StateMachine {
    case queue, submit, accept, see, fail, bounce, reply, doubt, hold, suppress, cancel, retry

    package var move: Move<MessageStatus> {
        switch self {
        // What held it is resolved.
        case .queue: Move(from: .held, to: .queued)
        // Committed before Microsoft is asked, so that a crash afterwards leaves a trace.
        case .submit: Move(from: .scheduled, .queued, to: .submitting)
        case .accept: Move(from: .submitting, .unknown, to: .accepted)
        case .see: Move(from: .submitting, .accepted, .unknown, to: .sent)
        case .fail: Move(from: .scheduled, .queued, .submitting, to: .failed)
        // The servers of several recipients may refuse it one after the other.
        case .bounce: Move(from: .submitting, .accepted, .sent, .unknown, .bounced, to: .bounced)
        case .reply: Move(from: .submitting, .accepted, .sent, .unknown, .bounced, .replied, to: .replied)
        case .doubt: Move(from: .submitting, to: .unknown)
        case .hold: Move(from: .scheduled, .queued, to: .held)
        case .suppress: Move(from: .scheduled, .queued, .held, to: .suppressed)
        case .cancel: Move(from: .scheduled, .queued, .held, to: .cancelled)
        // Microsoft has certainly not sent it.
        case .retry: Move(from: .submitting, to: .queued)
        }
    }
}
