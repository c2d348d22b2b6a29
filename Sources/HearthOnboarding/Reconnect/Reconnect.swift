package import Foundation
package import HearthCore
package import HearthRules
package import HearthWeb
import Postgres

/// Creates links with which a mailbox's owner consents again. The mailbox and its campaign, if any, keep their ids.
///
/// Another account is refused by its identity at Microsoft, never by its address. The current grant stays unchanged until
/// the consent is completed, so declining a wider one removes nothing.
package struct Reconnect: Sendable {
    let dependencies: Dependencies

    package init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
    }

    /// - Parameter wanted: nil to request the same as last time.
    package func consent(
        for mailbox: Target, _ wanted: ReconnectRequest? = nil, identity: Identity
    ) async throws -> NewConsent {
        let last = try await lastAccess(of: mailbox.mailboxID, tenant: identity.tenantID)
        return try await NewConsent(
            reconnecting: mailbox, level: wanted?.level ?? last?.level ?? .warmup,
            includesShared: wanted?.withShared ?? last?.withShared ?? false,
            lifetime: wanted?.lifetime ?? dependencies.settings.consentLifetime, returnURL: wanted?.returnURL,
            for: identity, dependencies)
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

/// The parsed body of a request for a reconnect link. Nil keeps what was requested last time, or the service's default.
package struct ReconnectRequest: Sendable {
    package let level: PermissionLevel?
    /// Whether to request access to mailboxes that others share with the owner.
    package let withShared: Bool?
    /// In seconds.
    package let lifetime: TimeInterval?
    package let returnURL: String?

    package init(_ body: ParsedBody, tenant: Identity) throws(APIError) {
        var fields = Fields(body)
        level = fields.choice("permission_level", or: "permissionLevel")
        withShared = fields.boolean("shared_mailboxes", or: "sharedMailboxes")
        lifetime = fields.integer("expires_in", or: "expiresIn", in: Settings.consentLifetimeBounds)
            .map(TimeInterval.init)
        returnURL = ConsentRequest.returnURL(in: &fields, allowed: tenant.returnURLs)
        try fields.validated()
    }
}
