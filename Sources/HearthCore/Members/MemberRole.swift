import Postgres

/// What somebody may do who signs in by the tenant's OpenID provider.
package enum MemberRole: String, Sendable, CaseIterable, PostgresEncodable, PostgresDecodable {
    case administrator
    /// Campaigns and consents; no keys, no webhooks.
    case manager

    package var scopes: Set<Scope> {
        switch self {
        case .administrator: Set(Scope.allCases)
        case .manager: [.campaignsRead, .campaignsWrite]
        }
    }
}
