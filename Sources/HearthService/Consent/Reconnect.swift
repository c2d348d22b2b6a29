import Foundation
import HearthRules
import Postgres

/// A link by which a mailbox's owner consents again: the mailbox and its campaign, where one uses it, keep their ids.
///
/// Another account is refused, by its identity at Microsoft and never by an address. Until it is completed the former
/// grant stays what it is, so a wider consent that is declined takes nothing away.
struct Reconnect: Sendable {
    let dependencies: Dependencies

    init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
    }

    /// - Parameters:
    ///   - level: nil for what the owner was asked for the last time.
    ///   - withShared: whether mailboxes that others share with the owner are asked for; nil likewise.
    ///   - lifetime: in seconds; nil for the service's own.
    func consent(
        for mailbox: Target, level: PermissionLevel? = nil, withShared: Bool? = nil, lifetime: TimeInterval? = nil,
        returnURL: String? = nil, identity: Identity
    ) async throws -> NewConsent {
        let last = try await lastAccess(of: mailbox.mailboxID, tenant: identity.tenantID)
        return try await NewConsent(
            reconnecting: mailbox, level: level ?? last?.level ?? .warmup,
            withShared: withShared ?? last?.withShared ?? false,
            lifetime: lifetime ?? dependencies.settings.consentLifetime, returnURL: returnURL, for: identity,
            dependencies)
    }

    private func lastAccess(
        of mailbox: Int64, tenant: Int64
    ) async throws -> (level: PermissionLevel, withShared: Bool)? {
        let row = try await dependencies.database.read(
            """
            SELECT level, scopes FROM grants WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox)
            ORDER BY grant_id DESC LIMIT 1
            """
        ).first
        guard let row else { return nil }
        return (try row["level"], GrantedScopes(names: try row["scopes"]).includeShared)
    }
}
