import Foundation
import HTTPTypes
import HearthRules

/// What the result page of a consent says. Plain words; a mismatch names no address but a masked one.
struct ResultWords {
    enum TryAgain { case sameAccount, otherAccount }

    let status: HTTPResponse.Status
    let title: String
    let text: String
    var tryAgain: TryAgain?
    var isWaiting = false
    private var access: [String: String] = [:]

    init(_ consent: Consent, at now: Date) {
        let tenant = consent.tenantName
        switch (consent.status(at: now), consent.outcome) {
        case (.completed, _):
            status = .ok
            title = "Your mailbox is connected"
            text = "\(tenant) may now use \(consent.email). You can close this page."
            access = [
                "access": "\(tenant) may \(Self.words(for: consent.level)).",
                "withdraw":
                    "To withdraw this, ask \(tenant) to disconnect the mailbox, and remove the app at Microsoft: with a personal account at account.live.com/consent/Manage, with a work account at myapps.microsoft.com.",
            ]
        case (.redeeming, _):
            status = .ok
            title = "One moment"
            text = "We are asking Microsoft to confirm. This page renews itself."
            isWaiting = true
        case (.expired, _):
            status = .gone
            title = "This link has expired"
            text = "Ask \(tenant) for a new link. Nothing was connected."
        case (.revoked, _):
            status = .gone
            title = "This link is no longer valid"
            text = "\(tenant) has withdrawn it, or a newer link was used. Nothing was connected with this one."
        case (.open, let outcome?):
            (status, title, text, tryAgain) = Self.attempt(outcome, code: consent.outcomeCode, consent: consent)
        case (.open, nil):
            status = .ok
            title = "Not finished yet"
            text = "Microsoft has not confirmed anything yet."
            tryAgain = .sameAccount
        }
    }

    var content: [String: String] { access.merging(["title": title, "text": text]) { first, _ in first } }

    private static func attempt(
        _ outcome: ConsentOutcome.Kind, code: String?, consent: Consent
    ) -> (HTTPResponse.Status, String, String, TryAgain?) {
        let tenant = consent.tenantName
        let masked = (try? EmailAddress(consent.email))?.masked ?? "another address"
        return switch (outcome, code.flatMap(ConsentOutcome.Code.init)) {
        case (.declined, _):
            (
                .ok, "Sign-in was not completed",
                "Nothing was connected. If you were not offered a choice, your organisation's administrator has to approve this app first. If you changed your mind, you can try again.",
                .sameAccount
            )
        case (.adminRequired, _):
            (
                .ok, "Your administrator has to approve this",
                "Your organisation lets only its administrator approve access to mailboxes. Ask your administrator to approve the app, then follow the link again. Nothing was connected.",
                .sameAccount
            )
        case (.mismatched, _):
            (
                .ok, "That was another mailbox",
                "\(tenant) asked for \(masked), but you signed in with a different account. Nothing was connected. Choose the account of that mailbox.",
                .otherAccount
            )
        case (.scopeMissing, _):
            (
                .ok, "A permission is missing",
                "\(tenant) needs to \(words(for: consent.level)), and Microsoft did not grant all of it. Nothing was connected. Try again and accept everything that is listed.",
                .sameAccount
            )
        case (.failed, .guestAccount?):
            (
                .ok, "This is a guest account",
                "You are a guest in that organisation, and your mailbox is elsewhere. Nothing was connected. Sign in with the account of your own organisation.",
                .otherAccount
            )
        case (.failed, .mailboxNotFound?):
            (
                .ok, "This account has no mailbox",
                "Microsoft has no usable cloud mailbox for the account. Nothing was connected. Ask your administrator, or sign in with another account.",
                .otherAccount
            )
        case (.failed, .addressHeld?):
            (
                .ok, "This address belongs to another account",
                "\(tenant) has connected this address through another Microsoft account already. Nothing was changed. Ask \(tenant) to remove that connection first.",
                nil
            )
        case (.failed, .campaignDeleted?):
            (.ok, "No longer wanted", "\(tenant) has deleted what this link was for. Nothing was connected.", nil)
        default:
            (
                .serviceUnavailable, "That did not work",
                "Microsoft did not confirm the sign-in. Nothing was connected. Please try again; the link stays valid.",
                .sameAccount
            )
        }
    }

    private static func words(for level: PermissionLevel) -> String {
        switch level {
        case .send: "send mail from this mailbox"
        case .readOnly: "read mail in this mailbox"
        case .readSend: "read and send mail in this mailbox"
        case .warmup: "read, sort and send mail in this mailbox"
        }
    }
}
