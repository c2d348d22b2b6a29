import Foundation
import HearthCore
import HearthMicrosoft
import HearthRules
import Postgres

/// Reads grants, and stores their refreshed tokens and uses.
struct GrantStore: Sendable {
    let database: Database
    let keyRing: KeyRing

    /// Seconds for which one process has the exclusive right to refresh a grant.
    static let lease: TimeInterval = 30

    func find(_ id: Int64, of tenant: Int64) async throws -> Grant? {
        try await database.read(
            "SELECT \(unescaped: Grant.columns) FROM grants g WHERE g.tenant_id = \(tenant) AND g.grant_id = \(id)"
        ).first.map(Grant.init)
    }

    /// The grant that a mailbox uses now; nil if it is not connected.
    func current(of mailbox: Int64, tenant: Int64) async throws -> Grant? {
        try await database.read(
            """
            SELECT \(unescaped: Grant.columns) FROM mailboxes m
            JOIN grants g ON g.tenant_id = m.tenant_id AND g.grant_id = m.grant_id
            WHERE m.tenant_id = \(tenant) AND m.mailbox_id = \(mailbox)
            """
        ).first.map(Grant.init)
    }

    /// Leases the right to refresh, which one process of the cluster has at a time. Returns nil if another has it or the
    /// grant has ended.
    func lease(_ id: Int64, of tenant: Int64, at now: Date) async throws -> (grant: Grant, number: Int)? {
        let row = try await database.write(
            GrantTable.lease(id, of: tenant, until: now.addingTimeInterval(Self.lease), at: now)
        ).first
        guard let row else { return nil }
        return (try Grant(row: row), try row["lease_no"])
    }

    /// Stores the tokens of a refresh before they are used. Returns false if the lease was lost meanwhile.
    func store(_ answer: TokenAnswer, for grant: Grant, lease: Int, at now: Date) async throws -> Bool {
        let access = try seal(answer.accessToken, of: grant, as: .accessToken)
        let refresh = try answer.refreshToken.map { try seal($0, of: grant, as: .refreshToken) }
        return try await database.write(
            GrantTable.store(
                access: access, expiresAt: now.addingTimeInterval(answer.expiresIn), refresh: refresh, for: grant,
                lease: lease, at: now)
        ).affected == 1
    }

    /// Counts one use of the mailbox's token, before it is used.
    func countUse(of grant: Grant, at now: Date) async throws {
        let hour = Date(timeIntervalSince1970: (now.timeIntervalSince1970 / 3_600).rounded(.down) * 3_600)
        _ = try await database.write(GrantTable.countUse(of: grant, inHour: hour))
    }

    /// - Parameter inDoubt: whether Microsoft may have issued a new token in a response that was lost.
    func release(_ grant: Grant, lease: Int, inDoubt: Bool = false) async throws {
        _ = try await database.write(GrantTable.release(grant, lease: lease, inDoubt: inDoubt))
    }

    func open(_ sealed: [UInt8], of grant: Grant, as purpose: KeyRing.Purpose) throws -> String {
        String(
            decoding: try keyRing.open(sealed, for: .init(tenant: grant.tenantID, row: grant.id, purpose: purpose)),
            as: UTF8.self)
    }

    private func seal(_ token: String, of grant: Grant, as purpose: KeyRing.Purpose) throws -> [UInt8] {
        try keyRing.seal(Array(token.utf8), for: .init(tenant: grant.tenantID, row: grant.id, purpose: purpose))
    }
}

/// Finds grants of the same application in other organisations.
///
/// Microsoft returns the same error for a deleted application and for one that a single organisation has removed
/// (AADSTS700016). Only a request with a grant of another organisation can distinguish the two.
struct ReferenceGrants: Sendable {
    let database: Database

    /// More than one, because a grant may fail for reasons of its own.
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
            WHERE \(ofApplication) AND g.state = 'live' AND g.due_at IS NOT NULL AND g.retries = 0
                AND g.problem IS NULL
                AND c.status IS DISTINCT FROM 'pending'
                AND m.tid <> (SELECT tid FROM mailboxes
                    WHERE tenant_id = \(grant.tenantID) AND mailbox_id = \(grant.mailboxID))
            ORDER BY g.due_at LIMIT \(Self.limit)
            """
        ).map(Grant.init)
    }
}
