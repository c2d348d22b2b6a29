import Postgres

/// The role of a person who signs in through the tenant's OpenID provider.
package enum MemberRole: String, Sendable, CaseIterable, PostgresEncodable, PostgresDecodable {
    case administrator
    /// May use campaigns and consents, but not keys or webhooks.
    case manager

    package var scopes: Set<Scope> {
        switch self {
        case .administrator: Set(Scope.allCases)
        case .manager: [.campaignsRead, .campaignsWrite]
        }
    }
}
