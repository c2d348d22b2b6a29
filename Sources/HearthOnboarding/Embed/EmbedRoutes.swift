import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// `GET /embed/form/secure`: the address of a form that a partner shows to whoever owns a mailbox.
struct EmbedRoutes {
    let dependencies: Dependencies

    /// At most so many characters of parameters, so that the address stays one that every browser and proxy takes.
    static let queryLimit = 4_000

    func create(_ request: Request, context: TenantContext) async throws -> Response {
        try context.identity.require(.msGraph)
        let link = EmbedLink(
            tenantID: context.tenantID, query: request.uri.query ?? "",
            expiresAt: dependencies.now().addingTimeInterval(EmbedLink.lifetime))
        try validate(link, for: context.identity)
        let url = dependencies.settings.publicURL + (try link.target(dependencies.keyRing))
        // Whoever has the address may ask for links in the account's name.
        let note = AuditNote(request, context, dependencies.pen, at: dependencies.now())
        _ = try await dependencies.database.write(note.insertion(outcome: "200").statement)
        return Envelope.response(
            code: "FORM_URL_CREATED",
            message:
                "Show the form at data.url to the mailbox's owner. The campaign is created when the owner has consented."
        ) { json in
            json.object { json in
                json.member("url", url)
                json.member("expiresIn", Int(EmbedLink.lifetime))
                json.member("expires_at", RFC3339.format(link.expiresAt))
            }
        }
    }

    /// What would be refused when an owner has filled the form is refused now, to the partner.
    private func validate(_ link: EmbedLink, for identity: Identity) throws {
        var problems = link.reservedNames.map { FieldProblem(field: $0, message: "is a name of the form's own") }
        if link.query.count > Self.queryLimit {
            problems.append(FieldProblem(field: "query", message: "is longer than \(Self.queryLimit) characters"))
        }
        if !problems.isEmpty { throw APIError.validation(problems) }
        _ = try ConsentRequest(
            link.request(email: "owner@example.com", firstName: "", lastName: ""), tenant: identity,
            defaultLifetime: EmbedLink.lifetime)
    }
}
