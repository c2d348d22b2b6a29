import Foundation
import HTTPTypes
import HearthRules
import Hummingbird

/// The pages that a mailbox owner sees after Microsoft: what happened, who asked for what, and what to do next.
struct ResultPages: Sendable {
    private let templates: HTMLTemplates
    private let endpoints: MicrosoftEndpoints

    init(endpoints: MicrosoftEndpoints) throws {
        templates = try HTMLTemplates(["result": ResultPageTemplate.text])
        self.endpoints = endpoints
    }

    static func path(_ link: ConsentLink) -> String { "/oauth/microsoft/result/\(link.resultToken)" }

    /// - Parameter logo: the path of the tenant's logo, where it has one.
    func result(
        of consent: Consent, link: ConsentLink, logo: String?, in language: Language, at now: Date
    ) throws -> Response {
        let words = ResultWords(consent, at: now)
        var page = Page(words, of: consent, logo: logo, in: language)
        if let tryAgain = words.tryAgain {
            page.content["retry"] = AuthorizeURL(
                endpoints: endpoints, clientID: consent.applicationClientID ?? endpoints.clientID
            ).text(for: link, level: consent.level, loginHint: tryAgain == .sameAccount ? consent.email : nil)
            page.say("retryLabel", tryAgain == .sameAccount ? .tryAgain : .otherAccount)
        }
        if let returnURL = consent.returnURL,
            let back = ReturnURL.text(
                returnURL, consentID: consent.id, outcome: consent.shownStatus(at: now), campaignID: consent.campaignID)
        {
            page.content["back"] = back
            page.say("backLabel", .back)
        }
        page.content["hasActions"] = page.content["retry"] != nil || page.content["back"] != nil
        return try respond(page, words)
    }

    func linkUsed(_ consent: Consent, logo: String?, in language: Language) throws -> Response {
        try respond(Page(.linkUsed, of: consent, logo: logo, in: language), .linkUsed)
    }

    func unknownLink(in language: Language) throws -> Response {
        try respond(Page(.unknownLink, in: language), .unknownLink)
    }

    /// A fault of ours, which must not leave an owner before a page of JSON.
    func unavailable(in language: Language) throws -> Response {
        try respond(Page(.unavailable, in: language), .unavailable)
    }

    private func respond(_ page: Page, _ words: ResultWords) throws -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .referrerPolicy: "no-referrer",
            .contentLanguage: page.language.rawValue, .vary: "Accept-Language",
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'sha256-\(ResultPageTemplate.styleDigest)'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ]
        if words.mood == .waiting { headers[.refresh] = "5" }
        let text = try templates.render("result", page.content)
        return Response(status: words.status, headers: headers, body: .init(byteBuffer: .init(string: text)))
    }
}

extension ResultPages {
    /// What one page says in one language.
    private struct Page {
        let language: Language
        var content: [String: Any]
        private let names: [String: String]

        init(_ words: ResultWords, of consent: Consent? = nil, logo: String? = nil, in language: Language) {
            self.language = language
            names =
                consent.map { consent in
                    let masked = (try? EmailAddress(consent.email))?.masked
                    return ["tenant": consent.tenantName, "email": consent.email, "masked": masked ?? "•••"]
                } ?? [:]
            content = [
                "language": language.rawValue, "mood": words.mood.rawValue, "isGood": words.mood == .good,
                "isWaiting": words.mood == .waiting, "isProblem": words.mood == .problem,
            ]
            say("title", words.title)
            say("text", words.text)
            guard let consent else { return }
            content["logo"] = logo
            say("request", .request)
            say("footer", .footer)
            guard let access = words.access else { return }
            content["access"] = consent.level.phrases.map { $0.text(in: language, filling: names) }
            say("accessHeading", access == .granted ? .mayHeading : .asksHeading)
            guard access == .granted else { return }
            say("withdrawHeading", .withdrawHeading)
            say("withdrawAsk", .withdrawAsk)
            say("withdrawPersonal", .withdrawPersonal)
            say("withdrawWork", .withdrawWork)
        }

        mutating func say(_ name: String, _ phrase: OwnerPhrase) {
            content[name] = phrase.text(in: language, filling: names)
        }
    }
}

extension HTTPField.Name {
    static let refresh = HTTPField.Name("Refresh") ?? .retryAfter
}
