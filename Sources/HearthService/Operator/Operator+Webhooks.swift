import Foundation
import HearthRules
import Outbound
import StrictJSON

extension Operator {
    package func addWebhook(tenant id: Int64, url: String, events: [String]?) async throws -> Answer {
        _ = try await require(tenant: id)
        try await prepareSealing()
        let target: TargetURL
        do {
            target = try TargetURL(url, allowsPlainHTTP: settings.allowsPlainHTTPWebhooks)
        } catch {
            throw OperatorRefusal("the URL cannot be used: \(error)")
        }
        // A name is judged when it is called, each time; an address can be refused at once.
        let policy = OutboundEngine.Configuration.webhooks(settings).policy
        if let address = target.address, let reason = policy.refusal(of: address, plainHTTP: target.scheme == .http) {
            throw OperatorRefusal("the address \(address) is refused: \(reason)")
        }
        let events = events ?? EventType.standard
        if let unknown = events.first(where: { !EventType.all.contains($0) }) {
            throw OperatorRefusal("there is no event \(unknown); there are: \(EventType.all.joined(separator: ", "))")
        }
        guard !events.isEmpty else { throw OperatorRefusal("name at least one event") }
        let (endpoint, secret) = try await webhooks.add(
            url: target.text, events: events, to: id, randomBytes: SecureRandom.bytes, at: try await now())
        return Answer(text: "Endpoint \(endpoint) added. Its secret, which is not shown again:\n\(secret.text)") {
            json in
            json.member("tenant_id", id)
            json.member("endpoint_id", endpoint)
            json.member("url", target.text)
            json.member("secret", secret.text)
            json.array("events") { json in
                for event in events { json.value(event) }
            }
        }
    }

    package func listWebhooks(tenant id: Int64) async throws -> Answer {
        _ = try await require(tenant: id)
        let endpoints = try await webhooks.list(of: id)
        let lines = endpoints.map { "\($0.id)  \($0.status)  \($0.backlog) waiting  \($0.url)" }
        return Answer(text: lines.joined(separator: "\n")) { json in
            json.array("endpoints") { json in
                for endpoint in endpoints {
                    json.object { json in
                        json.member("endpoint_id", endpoint.id)
                        json.member("url", endpoint.url)
                        json.array("events") { json in
                            for event in endpoint.events { json.value(event) }
                        }
                        json.member("status", endpoint.status)
                        json.member("disabled_reason", endpoint.disabledReason)
                        json.member("failures_in_a_row", endpoint.failures)
                        json.member("backlog", endpoint.backlog)
                    }
                }
            }
        }
    }

    package func replay(_ event: String) async throws -> Answer {
        let parts = event.split(separator: "_")
        guard parts.count == 3, parts[0] == "evt", let tenant = Int64(parts[1]), let position = Int64(parts[2]) else {
            throw OperatorRefusal("an event's id has the form evt_<tenant>_<position>")
        }
        guard let count = try await webhooks.replay(position: position, of: tenant, at: try await now()) else {
            throw OperatorRefusal("there is no event \(event); events are kept for 90 days")
        }
        return Answer(text: "\(event) goes to \(count) endpoints again, within a second.") { json in
            json.member("event_id", event)
            json.member("endpoints", count)
        }
    }
}
