import Foundation
import HearthCore
import HearthRules
import HearthWeb
import HearthWebhooks
import Outbound
import Postgres
import StrictJSON

extension Operator {
    package func addWebhook(
        tenant id: Int64, url: String, events: [String]?, ownerEmail: String?, description: String?
    ) async throws -> Answer {
        _ = try await require(tenant: id)
        try await prepareSealing()
        let wanted = try request(url: url, events: events, ownerEmail: ownerEmail, description: description)
        let now = try await now()
        let endpoint = WebhookEndpoint(wanted, id: try await ids.next(), at: now)
        let secret = WebhookSecret(randomBytes: SecureRandom.bytes)
        let entry = try await self.entry("webhook.add", subject: "endpoint:\(endpoint.id)", tenant: id, at: now)
        do {
            try await database.transaction { [endpoints] transaction in
                try endpoints.insert(endpoint, secret: secret, of: id, in: &transaction)
                transaction.audit(entry)
            }
        } catch let refusal as APIError {
            throw OperatorRefusal(refusal.message)
        }
        return Answer(text: "Endpoint \(endpoint.id) added. Its secret, which is not shown again:\n\(secret.text)") {
            json in
            json.member("tenant_id", id)
            json.member("endpoint_id", endpoint.id)
            json.member("url", endpoint.url)
            json.member("secret", secret.text)
            json.array("events") { json in
                for event in endpoint.events { json.value(event) }
            }
        }
    }

    private func request(
        url: String, events: [String]?, ownerEmail: String?, description: String?
    ) throws(OperatorRefusal) -> EndpointRequest {
        let events = events ?? EventType.standard
        if let unknown = events.first(where: { !EventType.maySubscribe(to: $0) }) {
            throw OperatorRefusal(
                "there is no event \(unknown); choose from: \(EventType.all.joined(separator: ", ")), and * for all")
        }
        guard !events.isEmpty else { throw OperatorRefusal("name at least one event") }
        let target: TargetURL
        do {
            target = try CallableURL.check(url, settings: settings)
        } catch {
            throw OperatorRefusal("the URL \(error.words)")
        }
        var owner: EmailAddress?
        if let ownerEmail { owner = try Self.address(ownerEmail, subject: "the owner's address") }
        var words: String?
        if let description { words = try Self.text(description, subject: "a description") }
        return EndpointRequest(url: target, events: events, ownerEmail: owner, description: words)
    }

    package func listWebhooks(tenant id: Int64) async throws -> Answer {
        _ = try await require(tenant: id)
        try await note("webhook.list", tenant: id)
        let endpoints = try await endpoints.list(of: id)
        let now = try await now()
        let lines = endpoints.map { endpoint in
            let owner = endpoint.ownerEmail.map { "  for \($0)" } ?? ""
            return "\(endpoint.id)  \(endpoint.status)  \(endpoint.backlog) waiting  \(endpoint.url)\(owner)"
        }
        return Answer(text: lines.joined(separator: "\n")) { json in
            json.array("endpoints") { json in
                for endpoint in endpoints { endpoint.write(to: &json, at: now) }
            }
        }
    }

    /// - Parameter endpoint: nil for every enabled endpoint that subscribes to the event's type.
    package func replay(_ event: String, to endpoint: Int64?) async throws -> Answer {
        guard let id = EventID(event) else {
            throw OperatorRefusal("an event's id must have the form evt_<tenant>_<position>")
        }
        guard let found = try await replays.event(id, of: id.tenant) else {
            throw OperatorRefusal("there is no event \(event); events are kept for 90 days")
        }
        let target = try await target(endpoint, of: id.tenant)
        let lane = WebhookLane.replayKey(try await ids.next())
        let now = try await now()
        let entry = try await self.entry("event.replay", subject: "event:\(event)", tenant: id.tenant, at: now)
        let deliveries = try await database.transaction { transaction in
            let deliveries = try ReplayStore.replay(
                found, of: id.tenant, to: endpoint, lane: lane, at: now, in: &transaction)
            guard endpoint == nil || !deliveries.isEmpty else {
                throw OperatorRefusal(
                    "the endpoint receives another owner's events only, or the event is about the endpoint itself")
            }
            transaction.audit(entry)
            return deliveries
        }
        let place = endpoint.map { "endpoint \($0)" } ?? "\(deliveries.count) endpoints"
        let time = target?.status == .disabled ? "as soon as it is enabled" : "within a second"
        return Answer(text: "\(event) will be sent to \(place) again, \(time).") { json in
            json.member("event_id", event)
            json.member("endpoints", deliveries.count)
            json.array("deliveries") { json in
                for delivery in deliveries { json.value(delivery.text) }
            }
        }
    }

    private func target(_ endpoint: Int64?, of tenant: Int64) async throws -> WebhookEndpoint? {
        guard let endpoint else { return nil }
        guard let found = try await endpoints.find(endpoint, of: tenant) else {
            throw OperatorRefusal.noEndpoint(endpoint, tenant: tenant)
        }
        return found
    }
}
