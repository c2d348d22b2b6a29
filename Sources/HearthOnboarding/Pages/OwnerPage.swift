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
    init(_ words: ResultWords, in language: Language) {
        self.init(words, names: [:], logo: nil, in: language)
    }

    /// - Parameters:
    ///   - names: the values of the phrases' placeholders, including `tenant`.
    ///   - logo: the path of the tenant's logo, if it has one.
    init(_ words: ResultWords, names: [String: String], logo: String?, in language: Language) {
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
    mutating func list(_ level: PermissionLevel, withShared: Bool, because access: ResultWords.Access) {
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
    init(_ words: ResultWords, for consent: Consent, logo: String?, in language: Language) {
        let masked = (try? EmailAddress(consent.email))?.masked
        self.init(
            words, names: ["tenant": consent.tenantName, "email": consent.email, "masked": masked ?? "•••"],
            logo: logo, in: language)
        if let access = words.access { list(consent.level, withShared: consent.includesShared, because: access) }
    }
}
