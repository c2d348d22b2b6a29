import Foundation
import HTTPTypes
import HearthMailboxes
import HearthRules

/// The content of a result page, independent of the language.
struct ResultWords: Sendable {
    enum TryAgain: Sendable { case sameAccount, otherAccount }
    /// Selects the icon of the page and its colour.
    enum Mood: String, Sendable { case good, waiting, problem }
    /// Why the access is listed: it was granted, it is requested, or owners may now grant it.
    enum Access: Sendable { case granted, wanted, allowed }

    let status: HTTPResponse.Status
    let title: OwnerPhrase
    let text: OwnerPhrase
    var mood = Mood.problem
    var tryAgain: TryAgain?
    var access: Access?

    init(_ consent: Consent, at now: Date) {
        switch (consent.status(at: now), consent.outcome) {
        case (.completed, _): self.init(.ok, .connectedTitle, .connectedText, mood: .good, access: .granted)
        case (.redeeming, _): self.init(.ok, .waitingTitle, .waitingText, mood: .waiting)
        case (.expired, _): self.init(.gone, .expiredTitle, .expiredText)
        case (.revoked, _): self.init(.gone, .revokedTitle, .revokedText)
        case (.open, nil): self.init(.ok, .unfinishedTitle, .unfinishedText, again: .sameAccount, access: .wanted)
        case (.open, let outcome?):
            self.init(outcome, code: consent.outcomeCode.flatMap(ConsentOutcome.Code.init))
        }
    }

    private init(_ outcome: ConsentOutcome.Kind, code: ConsentOutcome.Code?) {
        switch (outcome, code) {
        case (.declined, _): self.init(.ok, .declinedTitle, .declinedText, again: .sameAccount, access: .wanted)
        case (.adminRequired, .adminApprovalPending?):
            self.init(.ok, .pendingTitle, .pendingText, mood: .waiting, again: .sameAccount)
        case (.adminRequired, _): self.init(.ok, .adminTitle, .adminText, again: .sameAccount, access: .wanted)
        case (.mismatched, _): self.init(.ok, .mismatchTitle, .mismatchText, again: .otherAccount)
        case (.scopeMissing, _): self.init(.ok, .scopeTitle, .scopeText, again: .sameAccount, access: .wanted)
        case (.failed, .guestAccount?): self.init(.ok, .guestTitle, .guestText, again: .otherAccount)
        case (.failed, .mailboxNotFound?): self.init(.ok, .noMailboxTitle, .noMailboxText, again: .otherAccount)
        case (.failed, .mailboxNotInCloud?):
            self.init(.ok, .notInCloudTitle, .notInCloudText, again: .otherAccount)
        case (.failed, .accountDisabled?):
            self.init(.ok, .accountDisabledTitle, .accountDisabledText, again: .sameAccount)
        case (.failed, .sharedNotForPersonal?):
            self.init(.ok, .sharedPersonalTitle, .sharedPersonalText, again: .otherAccount)
        case (.failed, .addressHeld?): self.init(.ok, .addressHeldTitle, .addressHeldText)
        case (.failed, .campaignDeleted?): self.init(.ok, .unwantedTitle, .unwantedText)
        case (.failed, _): self.init(Self.status(of: code), .failedTitle, .failedText, again: .sameAccount)
        }
    }

    /// Returns the HTTP status of the page after a failed attempt: 503 if the same sign-in may succeed later without any
    /// action, otherwise 200.
    static func status(of code: ConsentOutcome.Code?) -> HTTPResponse.Status {
        code?.passesByItself == true ? .serviceUnavailable : .ok
    }

    init(
        _ status: HTTPResponse.Status, _ title: OwnerPhrase, _ text: OwnerPhrase, mood: Mood = .problem,
        again: TryAgain? = nil, access: Access? = nil
    ) {
        self.status = status
        self.title = title
        self.text = text
        self.mood = mood
        tryAgain = again
        self.access = access
    }

    static let linkUsed = Self(.conflict, .usedTitle, .usedText)
    static let unknownLink = Self(.notFound, .unknownTitle, .unknownText)
    static let unavailable = Self(.serviceUnavailable, .unavailableTitle, .unavailableText)
}

extension PermissionLevel {
    /// The phrases for the access that Microsoft grants: the level's mail scopes and those that every link requests.
    func phrases(withShared: Bool) -> [OwnerPhrase] {
        let mail: [OwnerPhrase] =
            switch self {
            case .send: [.maySend]
            case .readOnly: [.mayRead]
            case .readSend: [.mayRead, .maySend]
            case .warmup: [.mayRead, .maySort, .maySend]
            }
        return mail + (withShared ? [.mayShare] : []) + [.mayKnow, .mayStay]
    }
}
