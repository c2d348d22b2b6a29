package import Foundation
import HearthWeb

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
