import HearthRules

extension OwnerPhrase {
    package var english: String {
        switch self {
        case .request: "Request from {tenant}"
        case .footer: "{tenant} connects mailboxes through Hearth."
        case .connectedTitle: "Your mailbox is connected"
        case .connectedText: "{tenant} may now use {email}. You can close this page."
        case .waitingTitle: "One moment"
        case .waitingText: "We are asking Microsoft to confirm. This page refreshes by itself."
        case .expiredTitle: "This link has expired"
        case .expiredText: "Nothing was connected. Please ask {tenant} for a new link."
        case .revokedTitle: "This link is no longer valid"
        case .revokedText:
            "{tenant} has withdrawn it, or a newer link was used. Nothing was connected with this one."
        case .unfinishedTitle: "Not finished yet"
        case .unfinishedText: "Microsoft has not confirmed anything yet, so nothing is connected."
        case .declinedTitle: "Sign-in was not completed"
        case .declinedText:
            "Nothing was connected. If Microsoft did not offer you a choice, your organisation's administrator has to approve this app first. If you have changed your mind, you can try again."
        case .adminTitle: "Your administrator has to approve this"
        case .adminText:
            "In your organisation, only an administrator can approve access to mailboxes. Nothing was connected. Please ask your administrator to approve the app, then follow the link again."
        case .pendingTitle: "Your administrator has approved this"
        case .pendingText:
            "Microsoft needs a few minutes to apply the approval everywhere, so nothing is connected yet. This page tries again by itself. If Microsoft still asks for an approval then, return from there and wait a little longer."
        case .approvedTitle: "Thank you. The app is approved"
        case .approvedText:
            "This connected no mailbox, yours included. People at {domain} can now connect their own mailboxes to {tenant}. Microsoft may need a few minutes before it lets them."
        case .approvedNote:
            "To withdraw the approval, open the app under Enterprise applications in the Microsoft Entra admin center and remove its permissions."
        case .allowedHeading: "What {tenant} may do in a mailbox that its owner connects"
        case .notApprovedTitle: "Nothing was approved"
        case .notApprovedText:
            "Microsoft reports that the app was not approved. Only a Global, Privileged Role, Cloud Application or Application Administrator of {domain} can approve it. If you are one and have changed your mind, you can try again."
        case .notInCloudTitle: "This mailbox is not in Microsoft's cloud"
        case .notInCloudText:
            "Microsoft knows this mailbox but cannot reach it: it is on a server of your organisation, is inactive, or has no licence. Only mailboxes of Microsoft 365 and Outlook.com can be connected. Nothing was connected. Please ask your administrator, or sign in with another account."
        case .mismatchTitle: "That was another mailbox"
        case .mismatchText:
            "{tenant} asked for {masked}, but you signed in with a different account. Nothing was connected. Please choose the account of that mailbox."
        case .scopeTitle: "A permission is missing"
        case .scopeText:
            "Microsoft did not grant everything that {tenant} needs. Nothing was connected. Please try again and accept everything that is listed."
        case .guestTitle: "This is a guest account"
        case .guestText:
            "You are a guest in that organisation, and your mailbox is elsewhere. Nothing was connected. Please sign in with the account of your own organisation."
        case .noMailboxTitle: "This account has no mailbox"
        case .noMailboxText:
            "Microsoft has no usable cloud mailbox for this account. Nothing was connected. Please ask your administrator, or sign in with another account."
        case .accountDisabledTitle: "This account is blocked at Microsoft"
        case .accountDisabledText:
            "Microsoft has disabled or suspended the account that you signed in with. Nothing was connected. Please sign in at Microsoft and follow the instructions there, or ask your administrator; then follow the link again."
        case .sharedPersonalTitle: "Shared mailboxes need a work account"
        case .sharedPersonalText:
            "{tenant} asked for the mailboxes that your organisation shares with you, too. You signed in with a personal account, which has none. Nothing was connected. Please sign in with your work account."
        case .addressHeldTitle: "This address belongs to another account"
        case .addressHeldText:
            "{tenant} has already connected this address through another Microsoft account. Nothing was changed. Please ask {tenant} to remove that connection first."
        case .unwantedTitle: "No longer needed"
        case .unwantedText: "{tenant} has deleted what this link was for. Nothing was connected."
        case .failedTitle: "That did not work"
        case .failedText:
            "Microsoft did not confirm the sign-in. Nothing was connected. Please try again; the link stays valid."
        case .usedTitle: "This link has been used"
        case .usedText:
            "A mailbox was connected with this link before, so there is nothing left to do here. To connect another mailbox, please ask {tenant} for a new link."
        case .unknownTitle: "Unknown link"
        case .unknownText:
            "This link is not one of ours, or part of it was lost on the way. Please open the whole link from your message again, or ask whoever sent it for a new one."
        case .unavailableTitle: "Please try again in a moment"
        case .unavailableText:
            "Something went wrong on our side. Your link stays valid: please follow it again in a few minutes."
        case .invitationTitle: "{tenant} asks you to connect your mailbox"
        case .invitationText:
            "It is about {email}. You sign in at Microsoft and decide there; neither {tenant} nor Hearth ever sees your password."
        case .invitationButton: "Continue to Microsoft"
        case .mailUntil: "The link works until {until} (UTC)."
        case .mailIgnore:
            "If you do not know {tenant} or did not expect this, ignore this message. Nothing is connected then."
        case .tryAgain: "Try again"
        case .otherAccount: "Choose the right account"
        case .back: "Back to {tenant}"
        case .formTitle: "Connect your mailbox"
        case .formText:
            "{tenant} would like to connect a mailbox of yours. Say which one; then Microsoft asks for your consent, and nothing is connected before you have given it."
        case .formEmail: "E-mail address of the mailbox"
        case .formFirstName: "First name"
        case .formLastName: "Last name"
        case .formSubmit: "Continue to Microsoft"
        case .formFieldProblem: "Please check this entry."
        case .formEndedTitle: "This form no longer works"
        case .formEndedText:
            "For safety it works for a quarter of an hour. Nothing was connected. Go back to where you found it and open it again."
        case .mayHeading: "What {tenant} may do"
        case .asksHeading: "What {tenant} asks for"
        case .mayRead: "Read the mail in this mailbox"
        case .maySort: "Keep the mail in order: create, move, mark and delete messages"
        case .maySend: "Send mail from this mailbox"
        case .mayShare: "The same in mailboxes that your organisation shares with you"
        case .mayKnow: "See your name and your e-mail address"
        case .mayStay: "Use this access while you are not signed in, until you withdraw it"
        case .withdrawHeading: "How to withdraw this"
        case .withdrawAsk: "Ask {tenant} to disconnect the mailbox, and remove the app at Microsoft:"
        case .withdrawPersonal: "With a personal account:"
        case .withdrawWork: "With a work or school account:"
        }
    }
}
