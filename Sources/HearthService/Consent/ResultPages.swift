import Foundation
import HTTPTypes
import HearthRules
import Hummingbird
import Mustache

/// The pages that a mailbox owner sees after Microsoft: what happened, who asked for what, and what to do next.
struct ResultPages: Sendable {
    private let template: MustacheTemplate
    private let endpoints: MicrosoftEndpoints

    init(endpoints: MicrosoftEndpoints) throws {
        template = try MustacheTemplate(string: ResultPageTemplate.text)
        self.endpoints = endpoints
    }

    static func path(_ link: ConsentLink) -> String { "/oauth/microsoft/result/\(link.resultToken)" }

    func result(of consent: Consent, link: ConsentLink, at now: Date) throws -> Response {
        let retry = { (selectAccount: Bool) in
            AuthorizeURL(endpoints: endpoints, clientID: consent.applicationClientID ?? endpoints.clientID)
                .text(for: link, level: consent.level, loginHint: selectAccount ? nil : consent.email)
        }
        let words = ResultWords(consent, at: now)
        var content = words.content
        if let tryAgain = words.tryAgain {
            content["retry"] = retry(tryAgain == .otherAccount)
            content["retryLabel"] = tryAgain == .otherAccount ? "Choose the right account" : "Try again"
        }
        if let returnURL = consent.returnURL,
            let back = ReturnURL.text(
                returnURL, consentID: consent.id, outcome: consent.shownStatus(at: now), campaignID: consent.campaignID)
        {
            content["back"] = back
            content["backLabel"] = "Back to \(consent.tenantName)"
        }
        return respond(words.status, content, refreshes: words.isWaiting)
    }

    func linkUsed(_ consent: Consent) throws -> Response {
        respond(
            .conflict,
            [
                "title": "This link has been used",
                "text":
                    "The mailbox was connected with this link before. There is nothing left to do here. To connect another mailbox, ask \(consent.tenantName) for a new link.",
            ])
    }

    func unknownLink() throws -> Response {
        respond(
            .notFound,
            [
                "title": "Unknown link",
                "text":
                    "This link is not one of ours, or it was shortened on its way. Open the whole link from your message again, or ask whoever sent it for a new one.",
            ])
    }

    private func respond(
        _ status: HTTPResponse.Status, _ content: [String: String], refreshes: Bool = false
    ) -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .referrerPolicy: "no-referrer",
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'sha256-\(ResultPageTemplate.styleDigest)'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ]
        if refreshes { headers[.refresh] = "5" }
        return Response(
            status: status, headers: headers, body: .init(byteBuffer: .init(string: template.render(content))))
    }
}

extension HTTPField.Name {
    static let refresh = HTTPField.Name("Refresh") ?? .retryAfter
}
