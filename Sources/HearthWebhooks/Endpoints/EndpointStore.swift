package import Foundation
package import HearthCore
import HearthRules
import HearthWeb
import Outbound
package import Postgres

/// SQL for commands of partners and the operator on webhook endpoints.
package struct EndpointStore: Sendable {
    let database: Database
    let keyRing: KeyRing

    package init(database: Database, keyRing: KeyRing) {
        self.database = database
        self.keyRing = keyRing
    }

    /// Maximum endpoints per tenant: each event costs a write for every endpoint that receives it.
    package static let limit = 20

    package func list(of tenant: Int64) async throws -> [WebhookEndpoint] {
        try await database.read(
            """
            SELECT \(unescaped: WebhookEndpoint.columns) FROM webhook_endpoints e
            WHERE e.tenant_id = \(tenant) AND e.status <> 'deleted' ORDER BY e.endpoint_id
            """
        ).map(WebhookEndpoint.init)
    }

    package func find(_ id: Int64, of tenant: Int64) async throws -> WebhookEndpoint? {
        try await database.read(
            """
            SELECT \(unescaped: WebhookEndpoint.columns) FROM webhook_endpoints e
            WHERE e.tenant_id = \(tenant) AND e.endpoint_id = \(id) AND e.status <> 'deleted'
            """
        ).first.map(WebhookEndpoint.init)
    }

    /// Returns the URL and the secrets of an endpoint; nil if the tenant has no such endpoint.
    package func target(of id: Int64, tenant: Int64) async throws -> DeliveryTarget? {
        try await database.read(
            """
            SELECT \(unescaped: DeliveryTarget.columns) FROM webhook_endpoints
            WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND status <> 'deleted'
            """
        ).first.map { try DeliveryTarget(row: $0, of: id, tenant: tenant, keyRing: keyRing) }
    }

    /// Stores a new endpoint.
    ///
    /// - Throws: 409 `WEBHOOK_ENDPOINT_LIMIT_REACHED`.
    package func insert(
        _ endpoint: WebhookEndpoint, secret: WebhookSecret, of tenant: Int64, in transaction: inout Transaction
    ) throws {
        // The lock on the tenant's row serialises the count, so that concurrent requests cannot exceed the limit.
        let rows = try transaction.query(all: [
            "SELECT FROM tenants WHERE tenant_id = \(tenant) FOR NO KEY UPDATE",
            "SELECT count(*) AS count FROM webhook_endpoints WHERE tenant_id = \(tenant) AND status <> 'deleted'",
        ])
        guard let count: Int = try rows[1].scalar("count"), count < Self.limit else {
            throw APIError.webhookEndpointLimitReached
        }
        transaction.write(
            """
            INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, owner_email, owner_key, description,
                secret, status, created_at, updated_at)
            VALUES (\(tenant), \(endpoint.id), \(endpoint.url), \(endpoint.events), \(endpoint.ownerEmail),
                \(endpoint.ownerEmail.flatMap(EmailAddress.key(of:))), \(endpoint.description),
                \(try seal(secret, of: endpoint.id, tenant: tenant)), 'enabled', \(endpoint.createdAt),
                \(endpoint.createdAt))
            """)
    }

    /// Applies a change. Disabling stops the lanes. Enabling (also an enabled endpoint) and a new URL make them due again,
    /// oldest event first, with all attempts available again for each head.
    ///
    /// - Returns: the changed endpoint; nil if the tenant has no such endpoint.
    package static func change(
        _ id: Int64, of tenant: Int64, to change: EndpointChange, at now: Date, in transaction: inout Transaction
    ) throws -> WebhookEndpoint? {
        guard let before = try lock(id, of: tenant, in: &transaction) else { return nil }
        let status = change.status ?? before.status
        let changesURL = change.url.map { $0.text != before.url } ?? false
        let resumes = status == .enabled && (change.status == .enabled || changesURL)
        if resumes {
            transaction.write(LaneStore.thaw(id, of: tenant))
            transaction.write(LaneStore.resume(id, of: tenant, at: now))
        }
        let move = EndpointMove(to: status.stored)
        let isDisabled = change.status == .disabled && before.status == .enabled
        let after = try transaction.query(
            """
            UPDATE webhook_endpoints e SET url = coalesce(\(change.url?.text), e.url),
                events = coalesce(\(change.events), e.events),
                owner_email = CASE WHEN \(change.ownerEmail != nil) THEN \(change.ownerEmail?.value?.text)
                    ELSE e.owner_email END,
                owner_key = CASE WHEN \(change.ownerEmail != nil) THEN \(change.ownerEmail?.value?.key)
                    ELSE e.owner_key END,
                description = CASE WHEN \(change.description != nil) THEN \(change.description?.value)
                    ELSE e.description END,
                status = \(move.target),
                disabled_reason = CASE WHEN \(status == .disabled) THEN coalesce(e.disabled_reason, 'requested') END,
                failures = CASE WHEN \(resumes) THEN 0 ELSE e.failures END,
                failing_since = CASE WHEN \(resumes) THEN NULL ELSE e.failing_since END,
                blocked_until = CASE WHEN \(resumes) THEN NULL ELSE e.blocked_until END,
                is_announced = e.is_announced OR \(isDisabled), updated_at = \(now)
            WHERE e.tenant_id = \(tenant) AND e.endpoint_id = \(id) AND \(move.isAllowed(from: "e.status"))
            RETURNING \(unescaped: WebhookEndpoint.columns)
            """
        ).first.map(WebhookEndpoint.init)
        if isDisabled, let after {
            Outbox.append(
                OutboxEvent(.disabled, of: EndpointState(disabled: after), because: nil, at: now), tenant: tenant,
                in: &transaction)
        }
        return after
    }

    /// Makes `secret` the signing secret. The previous one also signs until `formerUntil`; nil ends it now. A secret that is
    /// still valid from an earlier rotation is erased.
    ///
    /// - Returns: the changed endpoint; nil if the tenant has no such endpoint.
    package func rotate(
        _ id: Int64, of tenant: Int64, to secret: WebhookSecret, formerUntil: Date?, at now: Date,
        in transaction: inout Transaction
    ) throws -> WebhookEndpoint? {
        try transaction.query(
            """
            UPDATE webhook_endpoints e SET secret = \(try seal(secret, of: id, tenant: tenant)),
                former_secret = CASE WHEN \(formerUntil != nil) THEN e.secret END, former_until = \(formerUntil),
                updated_at = \(now)
            WHERE e.tenant_id = \(tenant) AND e.endpoint_id = \(id) AND e.status <> 'deleted'
            RETURNING \(unescaped: WebhookEndpoint.columns)
            """
        ).first.map(WebhookEndpoint.init)
    }

    /// Locks and reads an endpoint. Must precede locks on its lanes; settlements use the same order.
    private static func lock(
        _ id: Int64, of tenant: Int64, in transaction: inout Transaction
    ) throws -> WebhookEndpoint? {
        try transaction.query(
            """
            SELECT \(unescaped: WebhookEndpoint.columns) FROM webhook_endpoints e
            WHERE e.tenant_id = \(tenant) AND e.endpoint_id = \(id) AND e.status <> 'deleted' FOR NO KEY UPDATE
            """
        ).first.map(WebhookEndpoint.init)
    }

    /// Hides the endpoint and erases its secrets; it receives nothing from now on. Its lanes are removed later, by
    /// ``TidyEndpoints``, so that a worker that is sending to it can still settle its lane.
    ///
    /// - Returns: false if the tenant has no such endpoint.
    package static func delete(
        _ id: Int64, of tenant: Int64, at now: Date, in transaction: inout Transaction
    ) throws -> Bool {
        try transaction.query(
            """
            UPDATE webhook_endpoints SET status = \(EndpointMove.delete.target), disabled_reason = NULL, secret = NULL, former_secret = NULL,
                former_until = NULL, updated_at = \(now)
            WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND \(EndpointMove.delete.isAllowed())
            RETURNING endpoint_id
            """
        ).count == 1
    }

    private func seal(_ secret: WebhookSecret, of id: Int64, tenant: Int64) throws -> [UInt8] {
        try keyRing.seal(secret.key, for: .init(tenant: tenant, row: id, purpose: .webhookSecret))
    }
}
