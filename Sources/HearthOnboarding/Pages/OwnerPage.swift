import Foundation
import HTTPTypes
import HearthMailboxes
import HearthRules
import HearthWeb

/// The content of a page in one language.
struct OwnerPage {
    let status: HTTPResponse.Status
    let language: Language
    /// Seconds until the browser reloads the page, or loads another: `20; url=https://…`.
    var refresh: String?
    private(set) var hasForm = false
    private(set) var content: [String: Any]
    private let names: [String: String]

    /// Creates a page that does not belong to a known link.
    init(_ words: ResultContent, in language: Language) {
        self.init(words, names: [:], logo: nil, in: language)
    }

    /// - Parameters:
    ///   - names: the values of the phrases' placeholders, including `tenant`.
    ///   - logo: the path of the tenant's logo, if it has one.
    init(_ words: ResultContent, names: [String: String], logo: String?, in language: Language) {
        status = words.status
        self.language = language
        self.names = names
        content = [
            "language": language.rawValue, "mood": words.mood.rawValue, "isGood": words.mood == .good,
            "isWaiting": words.mood == .waiting, "isProblem": words.mood == .problem,
        ]
        say("title", words.title)
        say("text", words.text)
        guard names["tenant"] != nil else { return }
        content["logo"] = logo
        say("request", .request)
        say("footer", .footer)
    }

    mutating func say(_ name: String, _ phrase: OwnerPhrase) {
        content[name] = phrase.text(in: language, filling: names)
    }

    /// Lists what a permission level allows.
    mutating func list(_ level: PermissionLevel, withShared: Bool, because access: ResultContent.Access) {
        content["access"] = level.phrases(withShared: withShared).map { $0.text(in: language, filling: names) }
        switch access {
        case .wanted: say("accessHeading", .asksHeading)
        case .allowed: say("accessHeading", .allowedHeading)
        case .granted:
            say("accessHeading", .mayHeading)
            say("withdrawHeading", .withdrawHeading)
            say("withdrawAsk", .withdrawAsk)
            say("withdrawPersonal", .withdrawPersonal)
            say("withdrawWork", .withdrawWork)
        }
    }

    /// Adds a link to the next step.
    mutating func offer(_ url: String, _ label: OwnerPhrase) {
        content["retry"] = url
        say("retryLabel", label)
        content["hasActions"] = true
    }

    /// Adds a button for a next step that changes something. Programs that follow links do not press buttons.
    mutating func offerForm(_ path: String, _ label: OwnerPhrase) {
        content["form"] = path
        say("formLabel", label)
        hasForm = true
    }

    mutating func offerWayBack(_ url: String) {
        content["back"] = url
        say("backLabel", .back)
        content["hasActions"] = true
    }
}

extension OwnerPage {
    init(_ words: ResultContent, for consent: Consent, logo: String?, in language: Language) {
        let masked = (try? EmailAddress(consent.email))?.masked
        self.init(
            words, names: ["tenant": consent.tenantName, "email": consent.email, "masked": masked ?? "•••"],
            logo: logo, in: language)
        if let access = words.access { list(consent.level, withShared: consent.includesShared, because: access) }
    }
}

/// The content of a result page, independent of the language.
struct ResultContent: Sendable {
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
        code?.isTransient == true ? .serviceUnavailable : .ok
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
