package import Foundation
import HearthMailboxes

/// The console's texts about a consent.
extension Consent {
    func badge(at now: Date) -> Badge {
        switch shownStatus(at: now) {
        case "open": Badge("Waiting for the owner", .wait)
        case "redeeming": Badge("Asking Microsoft", .wait)
        case "completed": Badge("Completed", .good)
        case "expired": Badge("Expired", .calm)
        case "revoked": Badge("Revoked", .calm)
        case "declined": Badge("Declined", .bad)
        case "admin_required": Badge("Administrator needed", .bad)
        case "mismatched": Badge("Wrong mailbox", .bad)
        case "scope_missing": Badge("Permission missing", .bad)
        default: Badge("Failed", .bad)
        }
    }

    package func words(at now: Date) -> String {
        switch shownStatus(at: now) {
        case "open": "The owner has not returned from Microsoft yet. This page updates itself."
        case "redeeming": "The owner has returned from Microsoft, and the consent is being confirmed with Microsoft."
        case "completed": "The owner has consented and the mailbox is connected."
        case "expired": "The link has expired. Create a new one if the mailbox still needs to be connected."
        case "revoked": "The link was withdrawn, or a newer one was used."
        case "declined": "The owner declined, or could not approve. The link still works."
        case "admin_required":
            "Only an administrator of the owner's organisation can approve. The link works again after that."
        case "mismatched": "The owner signed in with a different mailbox. The link still works."
        case "scope_missing": "The owner did not grant everything. The link still works."
        default: "The last attempt failed. The link still works."
        }
    }
}
