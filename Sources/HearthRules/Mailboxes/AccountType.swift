package import Foundation

/// The kind of account that a mailbox belongs to: a personal Microsoft account or an organisation's.
///
/// The home tenant of the verified id_token decides, never the domain of the address: a custom domain can belong to a
/// personal account, and an outlook.com address to a guest in an organisation.
package enum AccountType: String, Sendable, CaseIterable {
    case personal
    case organization = "organisation"

    /// The tenant id that Microsoft uses for every personal account.
    package static let consumerTenant = UUID(
        uuid: (0x91, 0x88, 0x04, 0x0d, 0x6c, 0x67, 0x4c, 0x5b, 0xb1, 0x12, 0x36, 0xa3, 0x04, 0xb6, 0x6d, 0xad))

    package init(tenant: UUID) {
        self = tenant == Self.consumerTenant ? .personal : .organization
    }

    /// The `smtp_type` of a campaign.
    package var smtpType: String {
        switch self {
        case .personal: "outlook"
        case .organization: "office 365"
        }
    }

    /// Whether the `id` of Graph's `/me` identifies the same account as the id_token's `oid`. For a personal account Graph
    /// returns the last 16 hex digits of it.
    package func isSameAccount(graphID: String, oid: UUID) -> Bool {
        let text = oid.uuidString.lowercased()
        let graphID = graphID.lowercased()
        switch self {
        case .organization: return graphID == text
        case .personal:
            let digits = text.filter { $0 != "-" }
            return graphID == text || graphID == digits.suffix(16)
        }
    }
}
