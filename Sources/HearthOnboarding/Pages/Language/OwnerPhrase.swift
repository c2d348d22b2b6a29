package import HearthWeb

/// The phrases of all pages and e-mails for mailbox owners and administrators. Each language has a file with all of them.
///
/// Placeholders are in braces: `{tenant}` is the partner that asks, `{email}` the mailbox, `{masked}` a part of its
/// address, `{domain}` the organisation, `{until}` a day.
package enum OwnerPhrase: Sendable, CaseIterable {
    case request, footer
    case connectedTitle, connectedText
    case waitingTitle, waitingText
    case expiredTitle, expiredText
    case revokedTitle, revokedText
    case unfinishedTitle, unfinishedText
    case declinedTitle, declinedText
    case adminTitle, adminText
    case pendingTitle, pendingText
    case approvedTitle, approvedText, approvedNote, allowedHeading
    case notApprovedTitle, notApprovedText
    case mismatchTitle, mismatchText
    case scopeTitle, scopeText
    case guestTitle, guestText
    case noMailboxTitle, noMailboxText
    case notInCloudTitle, notInCloudText
    case accountDisabledTitle, accountDisabledText
    case sharedPersonalTitle, sharedPersonalText
    case addressHeldTitle, addressHeldText
    case unwantedTitle, unwantedText
    case failedTitle, failedText
    case usedTitle, usedText
    case unknownTitle, unknownText
    case unavailableTitle, unavailableText
    case invitationTitle, invitationText, invitationButton
    case mailUntil, mailIgnore
    case tryAgain, otherAccount, back
    case formTitle, formText, formEmail, formFirstName, formLastName, formSubmit, formFieldProblem
    case formEndedTitle, formEndedText
    case mayHeading, asksHeading
    case mayRead, maySort, maySend, mayShare, mayKnow, mayStay
    case withdrawHeading, withdrawAsk, withdrawPersonal, withdrawWork

    package func text(in language: Language) -> String {
        switch language {
        case .english: english
        case .german: german
        case .french: french
        case .spanish: spanish
        }
    }
}
