package import Foundation
package import Postgres

/// The operator's statements about tenants.
package struct TenantStore: Sendable {
    let database: Database
    let ids: IDSource

    package init(database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    package struct Tenant: Sendable {
        package let id: Int64
        package let name: String
        package let status: String
        package let features: [String]
        package let emailPerDay: Int
        package let limits: RequestLimits
        package let returnURLs: [String]
        package let createdAt: Date
    }

    package func create(
        name: String, features: [Feature], emailPerDay: Int, returnURLs: [String], at now: Date,
        recorder: AuditRecorder,
        noting entry: (Int64) async throws -> AuditInsertion
    ) async throws -> Tenant {
        let id = try await ids.next()
        let chain = try AuditHead.insertion(tenant: id, recorder)
        let entry = try await entry(id)
        try await database.transaction { transaction in
            transaction.write(
                """
                INSERT INTO tenants (tenant_id, name, return_urls, created_at)
                VALUES (\(id), \(name), \(returnURLs), \(now))
                """)
            transaction.write("INSERT INTO tenant_pools (tenant_id, email_per_day) VALUES (\(id), \(emailPerDay))")
            transaction.write(Outbox.newFeed(of: id))
            transaction.write(
                """
                INSERT INTO tenant_features (tenant_id, feature, allowed_at)
                SELECT \(id), feature, \(now) FROM unnest(\(features.map(\.rawValue))) AS feature
                """)
            transaction.write(chain)
            transaction.audit(entry)
        }
        return Tenant(
            id: id, name: name, status: "active", features: features.map(\.rawValue), emailPerDay: emailPerDay,
            limits: .standard, returnURLs: returnURLs, createdAt: now)
    }

    package func list() async throws -> [Tenant] {
        try await database.read("\(Self.select) ORDER BY t.tenant_id").map(Tenant.init)
    }

    package func find(_ id: Int64) async throws -> Tenant? {
        try await database.read("\(Self.select) WHERE t.tenant_id = \(id)").first.map(Tenant.init)
    }

    private static let select: SQL =
        """
        SELECT t.tenant_id, t.name, t.status, t.return_urls, t.created_at, t.requests_per_minute,
            t.requests_per_second, p.email_per_day,
            ARRAY(SELECT f.feature FROM tenant_features f WHERE f.tenant_id = t.tenant_id ORDER BY 1) AS features
        FROM tenants t JOIN tenant_pools p ON p.tenant_id = t.tenant_id
        """

    package func allow(_ feature: Feature, to tenant: Int64, at now: Date, noting entry: AuditInsertion) async throws {
        try await change(
            """
            INSERT INTO tenant_features (tenant_id, feature, allowed_at) VALUES (\(tenant), \(feature.rawValue), \(now))
            ON CONFLICT DO NOTHING
            """, noting: entry)
    }

    package func deny(_ feature: Feature, to tenant: Int64, noting entry: AuditInsertion) async throws {
        try await change(
            "DELETE FROM tenant_features WHERE tenant_id = \(tenant) AND feature = \(feature.rawValue)", noting: entry)
    }

    package func setStatus(_ status: String, of tenant: Int64, noting entry: AuditInsertion) async throws {
        try await change("UPDATE tenants SET status = \(status) WHERE tenant_id = \(tenant)", noting: entry)
    }

    private func change(_ change: SQL, noting entry: AuditInsertion) async throws {
        try await database.transaction { transaction in
            transaction.write(change)
            transaction.audit(entry)
        }
    }

    /// Changes the limits that are not nil.
    /// - Returns: false if active campaigns have reserved more e-mails than the new pool has.
    package func setLimits(
        perMinute: Int?, perSecond: Int?, emailPerDay: Int?, of tenant: Int64, noting entry: AuditInsertion
    ) async throws -> Bool {
        do {
            try await database.transaction { transaction in
                transaction.write(
                    """
                    UPDATE tenants SET requests_per_minute = coalesce(\(perMinute), requests_per_minute),
                        requests_per_second = coalesce(\(perSecond), requests_per_second)
                    WHERE tenant_id = \(tenant)
                    """)
                transaction.write(
                    """
                    UPDATE tenant_pools SET email_per_day = coalesce(\(emailPerDay), email_per_day)
                    WHERE tenant_id = \(tenant)
                    """)
                transaction.audit(entry)
            }
            return true
        } catch let error as ServerError where error.constraint == "tenant_pool_not_exceeded" {
            return false
        }
    }
}

extension TenantStore {
    /// - Parameter purgeAt: the latest time at which the tenant's remaining rows are erased.
    package static func delete(_ tenant: Int64, purgeAt: Date) -> SQL {
        """
        UPDATE tenants SET status = 'deleted', purge_at = least(purge_at, \(purgeAt)) WHERE tenant_id = \(tenant)
        """
    }

    /// Reserves e-mails of the tenant's daily pool, or frees them if negative. The table's CHECK refuses to exceed the pool.
    package static func reserve(_ emails: Int, of tenant: Int64) -> SQL {
        "UPDATE tenant_pools SET reserved = reserved + \(emails) WHERE tenant_id = \(tenant)"
    }
}

extension TenantStore.Tenant {
    fileprivate init(_ row: Row) throws {
        self.init(
            id: try row["tenant_id"], name: try row["name"], status: try row["status"], features: try row["features"],
            emailPerDay: try row["email_per_day"],
            limits: RequestLimits(
                perMinute: try row["requests_per_minute"], perSecond: try row["requests_per_second"]),
            returnURLs: try row["return_urls"], createdAt: try row["created_at"])
    }
}

/// The daily pool of e-mails and the part that active campaigns have reserved.
package struct AccountLimits: Sendable {
    package let total: Int
    package let used: Int
    /// The number of mailboxes with a campaign.
    package let mailboxes: Int
    /// The number of those whose connection does not work.
    package let attention: Int

    /// Returns nil if the tenant does not exist.
    package static func read(of tenant: Int64, from database: Database) async throws -> AccountLimits? {
        try await database.read(
            """
            SELECT p.email_per_day, p.reserved, count(c.campaign_id) AS accounts,
                count(c.campaign_id) FILTER (WHERE c.connection_problem IS NOT NULL) AS attention
            FROM tenant_pools p
            LEFT JOIN campaigns c ON c.tenant_id = p.tenant_id AND c.status <> 'deleted'
            WHERE p.tenant_id = \(tenant)
            GROUP BY p.email_per_day, p.reserved
            """
        ).first.map { row in
            AccountLimits(
                total: try row["email_per_day"], used: try row["reserved"], mailboxes: try row["accounts"],
                attention: try row["attention"])
        }
    }
}
