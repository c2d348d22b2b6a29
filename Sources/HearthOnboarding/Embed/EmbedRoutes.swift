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

    func create(
        _ request: Request, context: TenantContext, write: PartnerWrite
    ) async throws -> RecordedResponse {
        try context.identity.require(.msGraph)
        let link = EmbedLink(
            tenantID: context.tenantID, query: request.uri.query ?? "",
            expiresAt: dependencies.now().addingTimeInterval(EmbedLink.lifetime))
        try validate(link, for: context.identity)
        let url = dependencies.settings.publicURL + (try link.target(dependencies.keyRing))
        let answer = Envelope.prepared(
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
        // Anyone who has the address may create links in the account's name, so it is audited.
        return try await write.once { call in
            try await dependencies.database.transaction { try call.record(answer, in: &$0) }
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
