import Foundation
import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import HearthWebhooks
import Hummingbird
import Postgres
import StrictJSON

/// `/console/webhooks`: the account's endpoints, and the form that adds one.
struct EndpointListPage: Sendable {
    let dependencies: Dependencies
    let store: EndpointStore

    func show(_ visit: ConsoleVisit) async throws -> Response {
        try await show(visit, entered: .empty, refusal: nil)
    }

    func create(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        do {
            let entered = ConsoleForm.filledIn(body)
            let wanted = try EndpointRequest(entered, settings: dependencies.settings)
            let now = dependencies.now()
            let endpoint = WebhookEndpoint(wanted, id: try await dependencies.ids.next(), at: now)
            let secret = WebhookSecret(randomBytes: dependencies.randomBytes)
            let entry = try visit.caller.entry(
                "console.add-endpoint", "endpoint:\(endpoint.id)", outcome: nil, dependencies.recorder, at: now)
            try await dependencies.database.transaction { [store] transaction in
                try store.insert(endpoint, secret: secret, of: visit.tenantID, in: &transaction)
                transaction.audit(entry)
            }
            return try EndpointPage.show(secret, of: endpoint.id, url: endpoint.url, visit)
        } catch let refusal as APIError where refusal.status == .badRequest || refusal.status == .conflict {
            return try await show(visit, entered: body, refusal: refusal)
        }
    }

    private func show(_ visit: ConsoleVisit, entered: ParsedBody, refusal: APIError?) async throws -> Response {
        let now = dependencies.now()
        let endpoints = try await store.list(of: visit.tenantID)
        let chosen = entered.object["events"]?.asArray?.compactMap(\.asString) ?? EventType.standard
        var content: [String: Any] = [
            "hasRows": !endpoints.isEmpty, "rows": endpoints.map { Self.row($0, at: now) },
            "events": EventType.all.map { ["event": $0, "isChosen": chosen.contains($0)] as [String: Any] },
        ]
        for name in ["url", "owner_email", "description"] { content[name] = entered.object[name]?.asString ?? "" }
        if let refusal {
            let words = refusal.errors.map { "\($0.field) \($0.message)" }.joined(separator: "; ")
            content["problem"] = words.isEmpty ? refusal.message : words
            content["problemCode"] = refusal.code
        } else {
            content["done"] = visit.doneWords
        }
        return try visit.show(.webhooks, title: "Webhooks", content, status: refusal?.status ?? .ok)
    }

    private static func row(_ endpoint: WebhookEndpoint, at now: Date) -> [String: Any] {
        var row: [String: Any] = [
            "id": endpoint.id, "url": endpoint.url, "state": endpoint.badge(at: now).content,
            "types": endpoint.events, "backlog": endpoint.backlog,
        ]
        row["about"] = [endpoint.description, endpoint.ownerEmail.map { "for \($0)" }].compactMap(\.self).first
        return row
    }
}
