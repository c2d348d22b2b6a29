import Foundation
import HTTPTypes
import HearthRules
import Hummingbird
import Postgres
import StrictJSON

/// `/console/connect`: a form that makes a link for an owner, and the page that shows the link, once.
struct ConnectPages: Sendable {
    let dependencies: Dependencies

    func form(_ visit: ConsoleVisit) throws -> Response { try form(visit, entered: .empty, refusal: nil) }

    func create(_ visit: ConsoleVisit, _ body: RequestBody) async throws -> Response {
        do {
            try visit.identity.require(.msGraph)
            let wanted = try ConsentRequest(
                Self.filledIn(body), tenant: visit.identity, defaultLifetime: dependencies.settings.consentLifetime)
            let consent = try await NewConsent(wanted, for: visit.identity, dependencies)
            let entry = try visit.caller.entry(
                "console.connect", "consent:\(consent.id)", outcome: nil, dependencies.pen, at: dependencies.now())
            let stored = try await dependencies.database.write("WITH audit AS (\(entry)) \(consent.insertion)")
            return try link(
                visit, consent, email: wanted.email.text, hasEndpoint: stored.first?["has_endpoint"] ?? false)
        } catch let refusal as APIError where refusal.status == .badRequest || refusal.status == .forbidden {
            return try form(visit, entered: body, refusal: refusal)
        }
    }

    /// A form sends every field; one that was left empty is not meant.
    private static func filledIn(_ body: RequestBody) -> RequestBody {
        RequestBody(form: JSONObject(body.object.members.filter { $0.value.asString != "" }))
    }

    private func form(_ visit: ConsoleVisit, entered: RequestBody, refusal: APIError?) throws -> Response {
        var content: [String: Any] = [
            "fields": ConnectForm(entered: entered, problems: refusal?.errors ?? []).content
        ]
        if let refusal {
            content["problem"] = refusal.errors.isEmpty ? refusal.message : "Some fields are not valid. See below."
        }
        return try visit.show(.connect, title: "Connect a mailbox", content, status: refusal?.status ?? .ok)
    }

    private func link(
        _ visit: ConsoleVisit, _ consent: NewConsent, email: String, hasEndpoint: Bool
    ) throws -> Response {
        let content: [String: Any] = [
            "email": email, "url": consent.url, "expires": ConsoleTime.text(consent.expiresAt),
            "noEndpoint": !hasEndpoint, "live": "/console/consents/\(consent.id)",
            "state": Badge("Waiting for the owner", .wait).content,
            "stateWords": "The owner has not been back from Microsoft yet. This page follows what happens.",
        ]
        return try visit.show(.link, title: "The link for \(email)", content)
    }
}
