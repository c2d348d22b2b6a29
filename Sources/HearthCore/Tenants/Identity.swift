package import Foundation
import HearthWeb
package import Postgres

/// An authenticated caller: the tenant, its key or member, and its permissions.
package struct Identity: Sendable, Equatable {
    package let tenantID: Int64
    package let tenantName: String
    package let isSuspended: Bool
    package let keyID: Int64
    package let keyExpiresAt: Date?
    package let scopes: Set<Scope>
    package let limits: RequestLimits
    package let features: Set<String>
    package let returnURLs: [String]
    /// The tenant's own Entra application, if it has one.
    package let application: Application?

    package struct Application: Sendable, Equatable {
        package let id: Int64
        package let clientID: String

        package init(id: Int64, clientID: String) {
            self.id = id
            self.clientID = clientID
        }
    }

    /// The member who is signed in to the console through the tenant's OpenID provider. `keyID` then has the same value.
    package var memberID: Int64?

    package init(
        tenantID: Int64, tenantName: String, isSuspended: Bool, keyID: Int64, keyExpiresAt: Date?, scopes: Set<Scope>,
        limits: RequestLimits, features: Set<String>, returnURLs: [String], application: Application?,
        memberID: Int64? = nil
    ) {
        self.tenantID = tenantID
        self.tenantName = tenantName
        self.isSuspended = isSuspended
        self.keyID = keyID
        self.keyExpiresAt = keyExpiresAt
        self.scopes = scopes
        self.limits = limits
        self.features = features
        self.returnURLs = returnURLs
        self.application = application
        self.memberID = memberID
    }

    /// The name of the caller in history and audit.
    package var actor: String { memberID.map { "member:\($0)" } ?? "api_key:\(keyID)" }

    package func mayUse(_ feature: Feature) -> Bool { features.contains(feature.rawValue) }
}

extension AppContext {
    /// The authenticated caller; set by ``Authenticate``.
    package var identity: Identity? {
        get { caller as? Identity }
        set {
            caller = newValue
            guard let newValue else { return }
            facts.setCaller("tenant.id", to: newValue.tenantID)
            facts.setCaller("key.id", to: newValue.keyID)
        }
    }
}

/// A feature that must be enabled for a tenant.
package enum Feature: String, Sendable, CaseIterable {
    case msGraph = "ms-graph"
}

extension Identity {
    /// The columns of a tenant, selected from `tenants t` joined with ``ownApplication``.
    package static let columns =
        """
        t.tenant_id, t.name, t.status = 'suspended' AS suspended, t.return_urls, t.requests_per_minute,
        t.requests_per_second, ARRAY(SELECT f.feature FROM tenant_features f WHERE f.tenant_id = t.tenant_id) AS features,
        own.app_id, own.client_id
        """

    /// Joins the tenant's own application for new links: the newest that is not retired.
    package static let ownApplication =
        """
        LEFT JOIN LATERAL (
            SELECT a.app_id, a.client_id FROM microsoft_apps a WHERE a.tenant_id = t.tenant_id AND a.retired_at IS NULL
            ORDER BY a.created_at DESC, a.app_id DESC LIMIT 1
        ) own ON true
        """

    /// - Parameter keyID: 0 if the caller is not identified by a key.
    package init(
        row: Row, keyID: Int64 = 0, keyExpiresAt: Date? = nil, scopes: Set<Scope> = [], memberID: Int64? = nil
    ) throws {
        let features: [String] = try row["features"]
        var application: Application?
        if let id: Int64 = try row[nullable: "app_id"] {
            application = Application(id: id, clientID: try row["client_id"])
        }
        self.init(
            tenantID: try row["tenant_id"], tenantName: try row["name"], isSuspended: try row["suspended"],
            keyID: keyID, keyExpiresAt: keyExpiresAt, scopes: scopes,
            limits: RequestLimits(
                perMinute: try row["requests_per_minute"], perSecond: try row["requests_per_second"]),
            features: Set(features), returnURLs: try row["return_urls"], application: application, memberID: memberID)
    }
}

/// Finds tenants where no key identifies the caller, such as for a signed form or an operator's command.
package struct TenantDirectory: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// Returns the identity of a tenant, without scopes; nil if there is no such tenant.
    package func identity(of tenant: Int64) async throws -> Identity? {
        try await database.read(
            """
            SELECT \(unescaped: Identity.columns)
            FROM tenants t
            \(unescaped: Identity.ownApplication)
            WHERE t.tenant_id = \(tenant) AND t.status <> 'deleted'
            """
        ).first.map { try Identity(row: $0) }
    }
}
