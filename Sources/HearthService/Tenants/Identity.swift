import Foundation

/// Who is calling: the tenant of a valid API key, and what it may do.
struct Identity: Sendable, Equatable {
    let tenantID: Int64
    let tenantName: String
    let isSuspended: Bool
    let keyID: Int64
    let keyExpiresAt: Date?
    let scopes: Set<Scope>
    let limits: RequestLimits
    let features: Set<String>
    let returnURLs: [String]
    /// The tenant's own Entra application, where it has one.
    let application: Application?

    struct Application: Sendable, Equatable {
        let id: Int64
        let clientID: String
    }

    /// Who is signed in to the console by the tenant's own OpenID provider; `keyID` has the same number then.
    var memberID: Int64?

    /// How the history names the caller.
    var actor: String { memberID.map { "member:\($0)" } ?? "api_key:\(keyID)" }

    func mayUse(_ feature: Feature) -> Bool { features.contains(feature.rawValue) }
}

/// What a tenant must be allowed to use.
enum Feature: String, Sendable, CaseIterable {
    case msGraph = "ms-graph"
}
