package import Foundation
import HearthMailboxes
import HearthOnboarding
import HearthRules

/// What the console says of an invitation.
extension Invitation.Status {
    var badge: Badge {
        switch self {
        case .invited: Badge("Invited", .wait)
        case .opened: Badge("Opened", .wait)
        case .completed: Badge("Completed", .good)
        case .declined: Badge("Declined", .bad)
        case .failed: Badge("Failed", .bad)
        case .expired: Badge("Expired", .calm)
        case .revoked: Badge("Revoked", .calm)
        }
    }
}

extension Invitation {
    package func words(at now: Date) -> String {
        switch status(at: now) {
        case .invited: "The owner has not gone on from the link yet. This page follows what happens."
        case .opened: "The owner has opened the link and was sent on to Microsoft. This page follows what happens."
        case .completed: "The owner has consented and the mailbox is connected."
        case .declined: "The owner declined, or could not approve. The link still works."
        case .failed where outcomeCode == InvitationMailQueue.notDelivered:
            "The message could not be delivered. Send a new link, or invite the owner by another address."
        case .failed: "\(outcomeWords ?? "The last attempt did not succeed.") The link still works."
        case .expired: "The link has ended. Send a new one if the mailbox is still to be connected."
        case .revoked: "The link was withdrawn."
        }
    }

    /// What the last attempt that did not connect the mailbox came to; nil when there was none.
    var outcomeWords: String? {
        guard let outcomeCode else { return nil }
        return outcomeCode == InvitationMailQueue.notDelivered
            ? "The message could not be delivered." : ConsentOutcome.Code(rawValue: outcomeCode)?.words
    }

    /// How the link reaches the owner.
    var mailWords: String {
        switch mailStatus {
        case nil: "You send the link yourself. It was shown when it was made."
        case .queued?:
            mailError.map { "The message was not taken (\($0)) and is tried again." } ?? "The message is on its way."
        case .sent?: "The message was handed over \(ConsoleTime.text(mailSentAt, otherwise: ""))."
        case .failed?: "The message was not taken\(mailError.map { " (\($0))" } ?? "")."
        }
    }
}

extension ConsentOutcome.Code {
    /// What happened, for the partner.
    package var words: String {
        switch self {
        case .declined: "The owner declined."
        case .adminApprovalRequired: "Only an administrator of the owner's organisation can approve."
        case .adminApprovalPending: "An administrator has approved, and Microsoft has not applied it everywhere yet."
        case .mailboxMismatch: "The owner signed in with another mailbox than the one asked for."
        case .scopeMissing, .refreshTokenMissing: "The owner did not grant everything."
        case .guestAccount: "The owner signed in as a guest in another organisation."
        case .mailboxNotFound: "The account that signed in has no mailbox."
        case .mailboxNotInCloud: "The mailbox is not in Microsoft's cloud, is inactive, or has no licence."
        case .sharedNotForPersonal: "A personal account has no shared mailboxes."
        case .addressHeld: "Another account holds this address here already."
        case .applicationFault: "This service is not set up rightly at Microsoft: its operator has to act."
        case .signInRequired: "Microsoft wants the owner to sign in again."
        case .accountDisabled: "The owner's account is disabled or suspended at Microsoft."
        case .codeRefused, .tokenRefused, .idTokenInvalid, .temporaryFault:
            "Something went wrong between this service and Microsoft."
        case .campaignDeleted: "The campaign was deleted meanwhile."
        }
    }
}
