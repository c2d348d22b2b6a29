import Postgres

/// Finds grants of the same application in other organisations.
///
/// Microsoft returns the same error for a deleted application and for one that a single organisation has removed
/// (AADSTS700016). Only a request with a grant of another organisation can distinguish the two.
struct GrantWitnesses: Sendable {
    let database: Database

    /// More than one, because a witness may fail for reasons of its own.
    static let limit = 3

    func find(for grant: Grant) async throws -> [Grant] {
        guard let application = grant.applicationID else { return try await find("g.app_id IS NULL", for: grant) }
        return try await find("g.tenant_id = \(grant.tenantID) AND g.app_id = \(application)", for: grant)
    }

    /// Returns working connections that are in use. Unstarted ones must not cause calls.
    private func find(_ ofApplication: SQL, for grant: Grant) async throws -> [Grant] {
        try await database.read(
            """
            SELECT \(unescaped: Grant.columns) FROM grants g
            JOIN mailboxes m ON m.tenant_id = g.tenant_id AND m.mailbox_id = g.mailbox_id
            LEFT JOIN campaigns c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id AND c.status <> 'deleted'
            WHERE \(ofApplication) AND g.state = 'live' AND g.due_at IS NOT NULL AND g.stumbles = 0
                AND g.problem IS NULL
                AND c.status IS DISTINCT FROM 'pending'
                AND m.tid <> (SELECT tid FROM mailboxes
                    WHERE tenant_id = \(grant.tenantID) AND mailbox_id = \(grant.mailboxID))
            ORDER BY g.due_at LIMIT \(Self.limit)
            """
        ).map(Grant.init)
    }
}
