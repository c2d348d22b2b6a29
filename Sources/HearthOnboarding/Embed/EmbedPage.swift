import Crypto
import Foundation
import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Outbound
import Postgres
import StrictJSON

/// The form in which an owner enters the mailbox. It has no script. Only the origins of the partner's return URLs, which the
/// operator has allowed, may frame it. Submitting it takes the whole window to Microsoft.
struct EmbedPage: Sendable {
    private let templates: HTMLTemplates
    private let formTargets: String

    init(endpoints: MicrosoftEndpoints) throws {
        templates = try HTMLTemplates(["form": Self.template])
        formTargets = endpoints.formTargets
    }

    func form(
        for identity: Identity, logo: String?, entered: ParsedBody, problems: [FieldProblem], in language: Language
    ) throws -> Response {
        let names = ["tenant": identity.tenantName]
        func say(_ phrase: OwnerPhrase) -> String { phrase.text(in: language, filling: names) }
        func field(_ name: String, _ label: OwnerPhrase, type: String, autocomplete: String) -> [String: Any] {
            var field: [String: Any] = [
                "name": name, "label": say(label), "type": type, "autocomplete": autocomplete,
                "value": entered.single(name)?.asString ?? "", "isRequired": name == "email",
            ]
            if problems.contains(where: { $0.field == name }) { field["fault"] = say(.formFieldProblem) }
            return field
        }
        var content: [String: Any] = [
            "language": language.rawValue, "title": say(.formTitle), "text": say(.formText), "request": say(.request),
            "submit": say(.formSubmit), "footer": say(.footer),
            "fields": [
                field("email", .formEmail, type: "email", autocomplete: "email"),
                field("first_name", .formFirstName, type: "text", autocomplete: "given-name"),
                field("last_name", .formLastName, type: "text", autocomplete: "family-name"),
            ],
        ]
        content["logo"] = logo
        return try respond(
            problems.isEmpty ? .ok : .badRequest, content, in: language,
            ancestors: identity.returnURLs.compactMap(Self.origin))
    }

    /// Returns the page for a URL that is not ours or has expired, without saying which.
    func ended(in language: Language) throws -> Response {
        let content: [String: Any] = [
            "language": language.rawValue, "title": OwnerPhrase.formEndedTitle.text(in: language),
            "text": OwnerPhrase.formEndedText.text(in: language), "fields": [] as [Any],
        ]
        return try respond(.gone, content, in: language, ancestors: [])
    }

    private func respond(
        _ status: HTTPResponse.Status, _ content: [String: Any], in language: Language, ancestors: [String]
    ) throws -> Response {
        let framing = ancestors.isEmpty ? "'none'" : Set(ancestors).sorted().joined(separator: " ")
        let headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .referrerPolicy: "no-referrer",
            .contentLanguage: language.rawValue, .vary: "Accept-Language",
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'sha256-\(Self.styleDigest)'; img-src 'self' data:; base-uri 'none'; form-action \(formTargets); frame-ancestors \(framing)",
        ]
        return Response(
            status: status, headers: headers,
            body: .init(byteBuffer: .init(string: try templates.render("form", content))))
    }

    private static func origin(of url: String) -> String? {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme, let host = parts.host else {
            return nil
        }
        return "\(scheme)://\(host)" + (parts.port.map { ":\($0)" } ?? "")
    }
}

extension EmbedPage {
    private static let style =
        ResultPageTemplate.style + """
            label{display:block;margin:1rem 0 .25rem;font-weight:600}input{width:100%;padding:.65rem .75rem;min-height:2.75rem;font:inherit;\
            color:var(--ink);background:var(--paper);border:1px solid var(--soft);border-radius:.5rem}\
            button{margin-top:1.5rem;padding:.7rem 1.3rem;min-height:2.75rem;font:inherit;font-weight:600;color:var(--on-accent);\
            background:var(--accent);border:0;border-radius:.5rem;cursor:pointer}\
            input:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:3px}.fault{color:var(--problem)}
            """

    private static let styleDigest = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()

    /// The form has no `action`, so it is submitted to the page's own URL, including the signature.
    private static let template =
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
        <h1>{{title}}</h1>
        <p>{{text}}</p>
        {{#submit}}<form method="post" target="_top">
        {{#fields}}<label for="{{name}}">{{label}}</label>
        <input id="{{name}}" name="{{name}}" type="{{type}}" autocomplete="{{autocomplete}}" value="{{value}}"\
        {{#isRequired}} required{{/isRequired}}{{#fault}} aria-invalid="true" aria-describedby="{{name}}-fault"{{/fault}}>
        {{#fault}}<p class="fault" id="{{name}}-fault">{{fault}}</p>{{/fault}}
        {{/fields}}<button type="submit">{{submit}}</button>
        </form>{{/submit}}
        </div>
        {{#footer}}<footer>{{footer}}</footer>{{/footer}}
        </main>
        </body>
        </html>

        """
}

/// `/embed/form/{tenant}`: the owner enters a mailbox and is redirected to Microsoft. The form does not ask what Microsoft
/// asks, and trusts no input: whether the mailbox is the owner's is verified there.
struct EmbedPages: Sendable {
    let dependencies: Dependencies
    let tenants: TenantDirectory
    let logos: LogoStore
    /// Owners in one office share an IP address, and each may need several tries, so the limit only stops floods. A form's
    /// URL works for 15 minutes and creates links for one tenant only.
    private let submissions = AddressLimit(RequestLimits(perMinute: 240, perSecond: 60))
    private let page: EmbedPage

    init(_ dependencies: Dependencies) throws {
        self.dependencies = dependencies
        tenants = TenantDirectory(database: dependencies.database)
        logos = LogoStore(database: dependencies.database)
        page = try EmbedPage(endpoints: dependencies.settings.microsoft)
    }

    func show(_ request: Request, context: AppContext) async throws -> Response {
        let language = Language(accepting: request.headers)
        guard let (_, identity) = try await open(request, context) else { return try page.ended(in: language) }
        return try page.form(
            for: identity, logo: try await logos.path(of: identity.tenantID), entered: .empty, problems: [],
            in: language)
    }

    func submit(_ request: Request, context: AppContext) async throws -> Response {
        let language = Language(accepting: request.headers)
        guard let (link, identity) = try await open(request, context) else { return try page.ended(in: language) }
        try submissions.count(context.clientAddress)
        let body = try await ParsedBody.read(request, context: context)
        func entered(_ name: String) -> String { body.single(name)?.asString ?? "" }
        do {
            let wanted = try ConsentRequest(
                link.request(
                    email: entered("email"), firstName: entered("first_name"), lastName: entered("last_name")),
                tenant: identity, defaultLifetime: dependencies.settings.consentLifetime)
            let consent = try await NewConsent(wanted, for: identity, dependencies)
            let owner = Caller(
                tenantID: identity.tenantID, actor: "owner", requestID: context.requestID,
                source: context.clientAddress.map(\.description))
            let entry = try owner.entry(
                "form.submit", "consent:\(consent.id)", outcome: nil, dependencies.recorder, at: dependencies.now())
            _ = try await dependencies.database.write(entry.with(consent.insertion))
            return Response(status: .seeOther, headers: [.location: consent.url, .cacheControl: "no-store"])
        } catch let refusal as APIError where refusal.status == .badRequest {
            return try page.form(
                for: identity, logo: try await logos.path(of: identity.tenantID), entered: body,
                problems: refusal.errors, in: language)
        }
    }

    /// Returns the link and its tenant; nil if the link is invalid or the tenant may no longer connect mailboxes.
    private func open(_ request: Request, _ context: AppContext) async throws -> (EmbedLink, Identity)? {
        guard let tenant = context.parameters.get("tenant"),
            let link = EmbedLink(tenant: tenant, query: request.uri.query ?? "", keyRing: dependencies.keyRing),
            link.expiresAt > dependencies.now(),
            let identity = try await tenants.identity(of: link.tenantID), !identity.isSuspended,
            identity.mayUse(.msGraph)
        else { return nil }
        return (link, identity)
    }
}
