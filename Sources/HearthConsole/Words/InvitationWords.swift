package import Foundation
import HearthMailboxes
import HearthOnboarding
import HearthRules

/// The console's texts about an invitation.
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
        case .invited: "The owner has not continued to Microsoft yet. This page updates itself."
        case .opened: "The owner has opened the link and continued to Microsoft. This page updates itself."
        case .completed: "The owner has consented and the mailbox is connected."
        case .declined: "The owner declined, or could not approve. The link still works."
        case .failed where outcomeCode == InvitationMailQueue.notDelivered:
            "The message could not be delivered. Send a new link, or invite the owner by another address."
        case .failed: "\(outcomeWords ?? "The last attempt failed.") The link still works."
        case .expired: "The link has expired. Send a new one if the mailbox still needs to be connected."
        case .revoked: "The link was withdrawn."
        }
    }

    /// The outcome of the last attempt that did not connect the mailbox; nil if there was none.
    var outcomeWords: String? {
        guard let outcomeCode else { return nil }
        return outcomeCode == InvitationMailQueue.notDelivered
            ? "The message could not be delivered." : ConsentOutcome.Code(rawValue: outcomeCode)?.words
    }

    /// How the link reaches the owner.
    var mailWords: String {
        switch mailStatus {
        case nil: "You send the link yourself. It was shown when it was created."
        case .queued?:
            mailError.map { "The message was not accepted (\($0)) and is retried." } ?? "The message is on its way."
        case .sent?: "The mail server accepted the message at \(ConsoleTime.text(mailSentAt, otherwise: ""))."
        case .failed?: "The message was not accepted\(mailError.map { " (\($0))" } ?? "")."
        }
    }
}

extension ConsentOutcome.Code {
    /// What happened, for the partner.
    package var words: String {
        switch self {
        case .declined: "The owner declined."
        case .adminApprovalRequired: "Only an administrator of the owner's organisation can approve."
        case .adminApprovalPending: "An administrator has approved, but Microsoft has not applied it everywhere yet."
        case .mailboxMismatch: "The owner signed in with a different mailbox."
        case .scopeMissing, .refreshTokenMissing: "The owner did not grant everything."
        case .guestAccount: "The owner signed in as a guest in another organisation."
        case .mailboxNotFound: "The account that signed in has no mailbox."
        case .mailboxNotInCloud: "The mailbox is not in Microsoft's cloud, is inactive, or has no licence."
        case .sharedNotForPersonal: "A personal account has no shared mailboxes."
        case .addressHeld: "Another mailbox with this address is already in use here."
        case .applicationFault: "This service is not set up correctly at Microsoft: its operator must fix it."
        case .signInRequired: "Microsoft wants the owner to sign in again."
        case .accountDisabled: "The owner's account is disabled or suspended at Microsoft."
        case .codeRefused, .tokenRefused, .idTokenInvalid, .temporaryFault:
            "Something went wrong between this service and Microsoft."
        case .campaignDeleted: "The campaign was deleted in the meantime."
        }
    }
}
