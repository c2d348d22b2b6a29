import Crypto
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
        let words = ResultContent(consent, at: now)
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

/// The template of result and invitation pages. Needs no script and no other host, and is readable without its style.
enum ResultPageTemplate {
    /// Its digest is in the Content-Security-Policy, so no other style applies.
    static let style =
        """
        :root{color-scheme:light dark;--paper:#f7f4f0;--sheet:#fff;--ink:#1f1b18;--soft:#5d554e;--line:#ddd5cc;--accent:#9a3b0b;--on-accent:#fff;\
        --good:#1d6b3c;--problem:#96351b;--waiting:#5d554e}\
        @media (prefers-color-scheme:dark){:root{--paper:#171412;--sheet:#211d1a;--ink:#f3ede7;--soft:#b9aea4;--line:#3d362f;--accent:#f3a06f;\
        --on-accent:#1f1208;--good:#7bd19c;--problem:#f2a48b;--waiting:#b9aea4}}\
        *{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;\
        overflow-wrap:anywhere}main{max-width:38rem;margin:0 auto;padding:2rem 1rem}\
        .who{display:flex;align-items:center;gap:.75rem;margin:0 0 1rem;color:var(--soft)}.who img{max-width:9rem;max-height:3rem;background:#fff;\
        border-radius:.4rem;padding:.25rem}\
        .sheet{background:var(--sheet);border:1px solid var(--line);border-radius:.9rem;padding:1.75rem 1.5rem}\
        h1{font-size:1.6rem;line-height:1.25;margin:.75rem 0 .75rem;text-wrap:balance}h2{font-size:1.0625rem;line-height:1.35;margin:1.75rem 0 .5rem;\
        padding-top:1.25rem;border-top:1px solid var(--line)}p{margin:.5rem 0}ul{margin:.5rem 0;padding-left:1.25rem}li{margin:.3rem 0}\
        .mark{display:block;width:2.75rem;height:2.75rem}.good{color:var(--good)}.problem{color:var(--problem)}.waiting{color:var(--waiting)}\
        a{color:var(--accent);text-underline-offset:.15em}.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}\
        .action{font:inherit;cursor:pointer;padding:.7rem 1.3rem;min-height:2.75rem;border:1px solid var(--accent);border-radius:.5rem;text-decoration:none;font-weight:600}\
        .first{background:var(--accent);color:var(--on-accent)}a:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:.25rem}\
        footer{margin-top:1.25rem;color:var(--soft);font-size:.9375rem}
        """

    static let styleDigest = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()

    static let text =
        """
        <!doctype html>
        <html lang="{{language}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}}</title>
        <link rel="icon" href="data:,">
        <style>\(style)</style>
        </head>
        <body>
        <main>
        {{#request}}<p class="who">{{#logo}}<img src="{{logo}}" alt="">{{/logo}}<span>{{request}}</span></p>{{/request}}
        <div class="sheet">
        <svg class="mark {{mood}}" viewBox="0 0 44 44" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="22" cy="22" r="20"/>\
        {{#isGood}}<path d="M13 23l6 6 12-13"/>{{/isGood}}{{#isWaiting}}<path d="M22 12v11l7 5"/>{{/isWaiting}}{{#isProblem}}<path d="M22 12v13M22 31v.5"/>{{/isProblem}}</svg>
        <h1>{{title}}</h1>
        <p>{{text}}</p>
        {{#note}}<p>{{note}}</p>{{/note}}
        {{#form}}<form class="actions" method="post" action="{{form}}"><button class="action first">{{formLabel}}</button></form>{{/form}}
        {{#hasActions}}<p class="actions">
        {{#retry}}<a class="action first" href="{{retry}}">{{retryLabel}}</a>{{/retry}}
        {{#back}}<a class="action" href="{{back}}">{{backLabel}}</a>{{/back}}
        </p>{{/hasActions}}
        {{#accessHeading}}<h2>{{accessHeading}}</h2>
        <ul>
        {{#access}}<li>{{.}}</li>
        {{/access}}
        </ul>{{/accessHeading}}
        {{#withdrawHeading}}<h2>{{withdrawHeading}}</h2>
        <p>{{withdrawAsk}}</p>
        <ul>
        <li>{{withdrawPersonal}} <a href="https://account.live.com/consent/Manage">account.live.com/consent/Manage</a></li>
        <li>{{withdrawWork}} <a href="https://myapps.microsoft.com">myapps.microsoft.com</a></li>
        </ul>{{/withdrawHeading}}
        </div>
        {{#footer}}<footer>{{footer}}</footer>{{/footer}}
        </main>
        </body>
        </html>

        """
}
