import Foundation
import HTTPTypes
import HearthCore
import HearthOnboarding
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// `/console/connect`: a form that creates a link for an owner, and the page that shows the link once.
struct ConnectPages: Sendable {
    let dependencies: Dependencies

    func form(_ visit: ConsoleVisit) throws -> Response { try form(visit, entered: .empty, refusal: nil) }

    func create(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        do {
            try visit.identity.require(.msGraph)
            let wanted = try ConsentRequest(
                ConsoleForm.filledIn(body), tenant: visit.identity,
                defaultLifetime: dependencies.settings.consentLifetime)
            let consent = try await NewConsent(wanted, for: visit.identity, dependencies)
            let entry = try visit.caller.entry(
                "console.connect", "consent:\(consent.id)", outcome: nil, dependencies.recorder, at: dependencies.now())
            let stored = try await dependencies.database.write(
                entry.with(consent.insertion))
            return try Self.link(
                visit, consent, email: wanted.email.text, hasEndpoint: stored.scalar("has_endpoint") ?? false)
        } catch let refusal as APIError where refusal.status == .badRequest || refusal.status == .forbidden {
            return try form(visit, entered: body, refusal: refusal)
        }
    }

    private func form(_ visit: ConsoleVisit, entered: ParsedBody, refusal: APIError?) throws -> Response {
        var content: [String: Any] = [
            "fields": ConsoleForm(
                fields: ConnectForm.fields, entered: entered, problems: refusal?.errors ?? []
            ).content
        ]
        content["problem"] = refusal.map(ConsoleForm.words)
        return try visit.show(.connect, title: "Connect a mailbox", content, status: refusal?.status ?? .ok)
    }

    /// The page that shows a link to Microsoft once, and keeps its status up to date.
    static func link(
        _ visit: ConsoleVisit, _ consent: NewConsent, email: String, hasEndpoint: Bool,
        back: (path: String, name: String) = ("/console/campaigns", "Campaigns")
    ) throws -> Response {
        let content: [String: Any] = [
            "email": email, "url": consent.url, "expires": ConsoleTime.text(consent.expiresAt),
            "noEndpoint": !hasEndpoint, "back": back.path, "backLabel": back.name,
            "live": "/console/consents/\(consent.id)",
            "state": Badge("Waiting for the owner", .wait).content,
            "stateWords": "The owner has not returned from Microsoft yet. This page updates itself.",
        ]
        return try visit.show(.link, title: "The link for \(email)", content)
    }
}
