import Foundation
import HearthCore
import HearthWeb
import HearthWebhooks
import Postgres
import StrictJSON

extension Operator {
    /// Enables or disables an endpoint of a tenant.
    package func setWebhook(_ endpoint: Int64, tenant id: Int64, enabled: Bool) async throws -> Answer {
        _ = try await require(tenant: id)
        let now = try await now()
        let entry = try await entry(
            enabled ? "webhook.enable" : "webhook.disable", subject: "endpoint:\(endpoint)", tenant: id, at: now)
        let change = EndpointChange(status: enabled ? .enabled : .disabled)
        let changed = try await database.transaction { transaction in
            let changed = try EndpointStore.change(endpoint, of: id, to: change, at: now, in: &transaction)
            if changed != nil { transaction.audit(entry) }
            return changed
        }
        guard let changed else { throw OperatorRefusal.noEndpoint(endpoint, tenant: id) }
        let words =
            enabled
            ? "Endpoint \(endpoint) is enabled; \(changed.backlog) deliveries are waiting, oldest event first."
            : "Endpoint \(endpoint) is disabled; its events wait."
        return Answer(text: words) { json in
            json.member("endpoint_id", endpoint)
            json.member("status", changed.status.rawValue)
            json.member("disabled_reason", changed.disabledReason)
            json.member("backlog", changed.backlog)
        }
    }

    package func deleteWebhook(_ endpoint: Int64, tenant id: Int64) async throws -> Answer {
        _ = try await require(tenant: id)
        let now = try await now()
        let entry = try await entry("webhook.delete", subject: "endpoint:\(endpoint)", tenant: id, at: now)
        let isDeleted = try await database.transaction { transaction in
            guard try EndpointStore.delete(endpoint, of: id, at: now, in: &transaction) else { return false }
            transaction.audit(entry)
            return true
        }
        guard isDeleted else { throw OperatorRefusal.noEndpoint(endpoint, tenant: id) }
        return Answer(text: "Endpoint \(endpoint) is deleted; nothing is sent there any more.") { json in
            json.member("endpoint_id", endpoint)
        }
    }

    /// - Parameter overlap: seconds during which the former secret also signs.
    package func rotateWebhook(_ endpoint: Int64, tenant id: Int64, overlap: Int?) async throws -> Answer {
        _ = try await require(tenant: id)
        let overlap = overlap ?? EndpointRoutes.standardOverlap
        guard (0...EndpointRoutes.longestOverlap).contains(overlap) else {
            throw OperatorRefusal("the overlap must be 0 to \(EndpointRoutes.longestOverlap) seconds")
        }
        let now = try await now()
        let entry = try await entry("webhook.rotate", subject: "endpoint:\(endpoint)", tenant: id, at: now)
        let secret = WebhookSecret(randomBytes: SecureRandom.bytes)
        let until = overlap > 0 ? now.addingTimeInterval(TimeInterval(overlap)) : nil
        let rotated = try await database.transaction { [endpoints] transaction in
            let rotated = try endpoints.rotate(
                endpoint, of: id, to: secret, formerUntil: until, at: now, in: &transaction)
            if rotated != nil { transaction.audit(entry) }
            return rotated
        }
        guard rotated != nil else { throw OperatorRefusal.noEndpoint(endpoint, tenant: id) }
        let former = until.map { "also signs until \(RFC3339.format($0))" } ?? "no longer signs"
        let words = "The new secret of endpoint \(endpoint), which is not shown again; the former one \(former):"
        return Answer(text: "\(words)\n\(secret.text)") { json in
            json.member("endpoint_id", endpoint)
            json.member("secret", secret.text)
            json.member("former_secret_until", until)
        }
    }
}

extension OperatorRefusal {
    static func noEndpoint(_ endpoint: Int64, tenant: Int64) -> OperatorRefusal {
        OperatorRefusal("tenant \(tenant) has no webhook endpoint \(endpoint)")
    }
}
