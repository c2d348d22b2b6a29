import HearthRules

/// The message that a page shows after a form. Only its name is in the URL, so nobody can make a link that has the console
/// show a text of their own.
enum Notice: String, Sendable {
    case started, resumed, paused, deleted
    case linkRevoked = "link-revoked"
    case endpointEnabled = "endpoint-enabled"
    case endpointDisabled = "endpoint-disabled"
    case endpointDeleted = "endpoint-deleted"
    case replayStarted = "replay-started"
    case sentAgain = "sent-again"
    case keyRevoked = "key-revoked"
    case mailboxRechecked = "mailbox-rechecked"
    case mailboxDisconnected = "mailbox-disconnected"
    case mailboxDeleted = "mailbox-deleted"
    case invitationSent = "invitation-sent"
    case invitationRevoked = "invitation-revoked"

    var words: String {
        switch self {
        case .started: "The warm-up has started."
        case .resumed: "The warm-up has resumed."
        case .paused: "The warm-up is paused."
        case .deleted: "The campaign is deleted. Its mailbox is disconnected, unless its owner was invited for more."
        case .linkRevoked: "The link no longer works."
        case .endpointEnabled: "The endpoint receives events again, the oldest first."
        case .endpointDisabled: "The endpoint receives nothing until it is enabled."
        case .endpointDeleted: "The endpoint is deleted."
        case .replayStarted: "The events are being sent again."
        case .sentAgain: "The event is being sent again."
        case .keyRevoked: "The key is refused everywhere within two seconds."
        case .mailboxRechecked: "The mailbox was checked; this is its current state."
        case .mailboxDisconnected: "The mailbox is disconnected and its tokens are destroyed."
        case .mailboxDeleted: "The mailbox is deleted. Its remaining data is destroyed within 30 days."
        case .invitationSent: "The link is on its way to the mailbox's owner by e-mail."
        case .invitationRevoked: "The invitation is revoked and its link no longer works."
        }
    }

    /// Nil for commands without a button.
    init?(_ command: CampaignCommand) {
        switch command {
        case .start: self = .started
        case .resume: self = .resumed
        case .pause: self = .paused
        case .delete: self = .deleted
        case .consent, .reconnect, .fault: return nil
        }
    }
}
