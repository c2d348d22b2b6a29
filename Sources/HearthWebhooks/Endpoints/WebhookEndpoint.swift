package import Foundation
import HearthRules
import HearthWeb
import Outbound
package import Postgres
package import StrictJSON

/// A webhook endpoint as shown to its tenant, without its secret.
package struct WebhookEndpoint: Sendable {
    package enum Status: String, Sendable, CaseIterable, PostgresEncodable, PostgresDecodable {
        case enabled, disabled

        /// As it is stored. A deleted endpoint is not shown, so partners know only these two.
        var stored: EndpointStatus { self == .enabled ? .enabled : .disabled }
    }

    package let id: Int64
    package let url: String
    package let events: [String]
    /// Only this owner's events are sent; nil for all.
    package let ownerEmail: String?
    package let description: String?
    package let status: Status
    package let disabledReason: String?
    package let failures: Int
    package let failingSince: Date?
    package let blockedUntil: Date?
    package let formerSecretUntil: Date?
    /// Deliveries that are neither accepted nor given up.
    package let backlog: Int64
    package let createdAt: Date
    package let updatedAt: Date

    package init(
        id: Int64, url: String, events: [String], ownerEmail: String?, description: String?, status: Status,
        disabledReason: String?, failures: Int, failingSince: Date?, blockedUntil: Date?, formerSecretUntil: Date?,
        backlog: Int64, createdAt: Date, updatedAt: Date
    ) {
        self.id = id
        self.url = url
        self.events = events
        self.ownerEmail = ownerEmail
        self.description = description
        self.status = status
        self.disabledReason = disabledReason
        self.failures = failures
        self.failingSince = failingSince
        self.blockedUntil = blockedUntil
        self.formerSecretUntil = formerSecretUntil
        self.backlog = backlog
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Columns of `webhook_endpoints`, with the alias `e`.
    package static let columns =
        """
        e.endpoint_id, e.url, e.events, e.owner_email, e.description, e.status, e.disabled_reason, e.failures,
        e.failing_since, e.blocked_until, e.former_until, e.created_at, e.updated_at,
        (SELECT coalesce(sum(l.last - l.next + 1), 0)::bigint FROM (
            SELECT next, last FROM webhook_lanes
            WHERE tenant_id = e.tenant_id AND endpoint_id = e.endpoint_id AND due_at IS NOT NULL AND NOT is_frozen
            UNION ALL
            SELECT next, last FROM webhook_lanes
            WHERE tenant_id = e.tenant_id AND endpoint_id = e.endpoint_id AND due_at IS NOT NULL AND is_frozen
        ) AS l) AS backlog
        """
}

extension WebhookEndpoint {
    package init(row: Row) throws {
        self.init(
            id: try row["endpoint_id"], url: try row["url"], events: try row["events"],
            ownerEmail: try row[nullable: "owner_email"], description: try row[nullable: "description"],
            status: try row["status"],
            disabledReason: try row[nullable: "disabled_reason"], failures: try row["failures"],
            failingSince: try row[nullable: "failing_since"], blockedUntil: try row[nullable: "blocked_until"],
            formerSecretUntil: try row[nullable: "former_until"], backlog: try row["backlog"],
            createdAt: try row["created_at"],
            updatedAt: try row["updated_at"])
    }

    /// Creates an endpoint that has yet to be stored.
    package init(_ wanted: EndpointRequest, id: Int64, at now: Date) {
        self.init(
            id: id, url: wanted.url.text, events: wanted.events, ownerEmail: wanted.ownerEmail?.text,
            description: wanted.description, status: .enabled, disabledReason: nil, failures: 0, failingSince: nil,
            blockedUntil: nil, formerSecretUntil: nil, backlog: 0, createdAt: now, updatedAt: now)
    }

    /// - Parameter secret: only in responses that create or rotate it.
    package func write(to json: inout JSONWriter, secret: WebhookSecret? = nil, at now: Date) {
        json.object { json in
            json.member("id", id)
            json.member("url", url)
            if let secret { json.member("secret", secret.text) }
            json.array("events") { json in
                for event in events { json.value(event) }
            }
            json.member("owner_email", ownerEmail)
            json.member("description", description)
            json.member("status", status.rawValue)
            json.member("disabled_reason", disabledReason)
            json.member("failures_in_a_row", failures)
            json.member("failing_since", failingSince)
            json.member("blocked_until", blockedUntil.flatMap { $0 > now ? $0 : nil })
            json.member("former_secret_until", formerSecretUntil.flatMap { $0 > now ? $0 : nil })
            json.member("backlog", backlog)
            json.member("created_at", createdAt)
            json.member("updated_at", updatedAt)
        }
    }
}
