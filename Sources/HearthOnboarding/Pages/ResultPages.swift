import Foundation
package import HTTPTypes
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
import Hummingbird

/// The pages shown to an owner who returns from Microsoft: what happened, who asked for what, and what to do next.
struct ResultPages: Sendable {
    private let templates: HTMLTemplates
    private let endpoints: MicrosoftEndpoints

    init(endpoints: MicrosoftEndpoints) throws {
        templates = try HTMLTemplates(["result": ResultPageTemplate.text])
        self.endpoints = endpoints
    }

    static func path(_ link: ConsentLink) -> String { "/oauth/microsoft/result/\(link.resultToken)" }

    /// - Parameter logo: the path of the tenant's logo, if it has one.
    func result(
        of consent: Consent, link: ConsentLink, logo: String?, in language: Language, at now: Date
    ) throws -> Response {
        let words = ResultWords(consent, at: now)
        var page = OwnerPage(words, for: consent, logo: logo, in: language)
        if let tryAgain = words.tryAgain {
            let url = AuthorizeURL(
                endpoints: endpoints, clientID: consent.applicationClientID ?? endpoints.clientID
            ).text(
                for: link, level: consent.level, withShared: consent.includesShared,
                loginHint: tryAgain == .sameAccount ? consent.email : nil)
            page.offer(url, tryAgain == .sameAccount ? .tryAgain : .otherAccount)
            if words.mood == .waiting { page.refresh = "20; url=\(url)" }
        } else if words.mood == .waiting {
            page.refresh = "5"
        }
        if let returnURL = consent.returnURL {
            page.offerWayBack(
                ReturnURL.text(
                    returnURL, consentID: consent.id, outcome: consent.shownStatus(at: now),
                    campaignID: consent.campaignID))
        }
        return try respond(page)
    }

    func linkUsed(_ consent: Consent, logo: String?, in language: Language) throws -> Response {
        try respond(OwnerPage(.linkUsed, for: consent, logo: logo, in: language))
    }

    func unknownLink(in language: Language) throws -> Response {
        try respond(OwnerPage(.unknownLink, in: language))
    }

    /// Returns the page for errors of ours, so that owners do not see JSON.
    func unavailable(in language: Language) throws -> Response {
        try respond(OwnerPage(.unavailable, in: language))
    }

    func respond(_ page: OwnerPage) throws -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .referrerPolicy: "no-referrer",
            .contentLanguage: page.language.rawValue, .vary: "Accept-Language",
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'sha256-\(ResultPageTemplate.styleDigest)'; img-src 'self' data:; base-uri 'none'; form-action \(page.hasForm ? endpoints.formTargets : "'none'"); frame-ancestors 'none'",
        ]
        if let refresh = page.refresh { headers[.refresh] = refresh }
        let text = try templates.render("result", page.content)
        return Response(status: page.status, headers: headers, body: .init(byteBuffer: .init(string: text)))
    }
}

extension HTTPField.Name {
    package static let refresh = HTTPField.Name("Refresh") ?? .retryAfter
}
