import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// `GET /embed/form/secure`: creates the URL of a form that a partner shows to a mailbox owner.
struct EmbedRoutes {
    let dependencies: Dependencies

    /// Maximum length of the parameters in characters, so that all browsers and proxies accept the URL.
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
        // Anyone who has the URL can create links in the account's name, so creating it is audited.
        return try await write.once { call in
            try await dependencies.database.transaction { try call.record(answer, in: &$0) }
        }
    }

    /// Validates the parameters now, so that the partner gets the error and not an owner who submits the form.
    private func validate(_ link: EmbedLink, for identity: Identity) throws {
        var problems = link.reservedNames.map { FieldProblem(field: $0, message: "is reserved by the form") }
        if link.query.count > Self.queryLimit {
            problems.append(FieldProblem(field: "query", message: "is longer than \(Self.queryLimit) characters"))
        }
        if !problems.isEmpty { throw APIError.validation(problems) }
        _ = try ConsentRequest(
            link.request(email: "owner@example.com", firstName: "", lastName: ""), tenant: identity,
            defaultLifetime: EmbedLink.lifetime)
    }
}
