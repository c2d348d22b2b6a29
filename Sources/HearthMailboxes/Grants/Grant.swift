import Foundation
import HearthRules
import Postgres

/// The tokens of one consent as stored, sealed.
package struct Grant: Sendable {
    let id: Int64
    let tenantID: Int64
    let mailboxID: Int64
    let applicationID: Int64?
    let level: PermissionLevel
    let scopes: [String]
    let state: GrantState
    let problem: String?
    let sealedAccessToken: [UInt8]?
    let accessExpiresAt: Date?
    let sealedRefreshToken: [UInt8]?
    let createdAt: Date
    let version: Int
    let leaseUntil: Date?
    /// When Graph first reported a problem that has not been confirmed yet.
    let suspectedAt: Date?
    /// Whether an earlier refresh did not finish: Microsoft may have issued a token that was not stored.
    let wasInterrupted: Bool

    /// Whether it covers mailboxes shared with the owner.
    var includesShared: Bool { GrantedScopes(names: scopes).includeShared }

    static let columns =
        """
        g.grant_id, g.tenant_id, g.mailbox_id, g.interrupted, g.app_id, g.level, g.scopes, g.state, g.problem,
        g.access_token, g.access_expires_at, g.refresh_token, g.created_at, g.version, g.lease_until, g.suspected_at
        """

    init(row: Row) throws {
        id = try row["grant_id"]
        tenantID = try row["tenant_id"]
        mailboxID = try row["mailbox_id"]
        wasInterrupted = try row["interrupted"]
        applicationID = try row[nullable: "app_id"]
        level = try row["level"]
        scopes = try row["scopes"]
        state = try row["state"]
        problem = try row[nullable: "problem"]
        sealedAccessToken = try row[nullable: "access_token"]
        accessExpiresAt = try row[nullable: "access_expires_at"]
        sealedRefreshToken = try row[nullable: "refresh_token"]
        createdAt = try row["created_at"]
        version = try row["version"]
        leaseUntil = try row[nullable: "lease_until"]
        suspectedAt = try row[nullable: "suspected_at"]
    }
}
