import Foundation
import HearthRules
import Postgres

/// One consent's tokens as they are stored, sealed.
struct Grant: Sendable {
    enum State: String, Sendable, PostgresEncodable, PostgresDecodable {
        case live
        /// Microsoft refuses it for good. Its tokens are gone.
        case dead
        /// A newer consent took its place, or nothing uses the mailbox any more.
        case replaced
    }

    let id: Int64
    let tenantID: Int64
    let applicationID: Int64?
    let level: PermissionLevel
    let scopes: [String]
    let state: State
    let problem: String?
    let sealedAccessToken: [UInt8]?
    let accessExpiresAt: Date?
    let sealedRefreshToken: [UInt8]?
    let version: Int
    let leaseUntil: Date?

    static let columns =
        """
        g.grant_id, g.tenant_id, g.app_id, g.level, g.scopes, g.state, g.problem, g.access_token, g.access_expires_at,
        g.refresh_token, g.version, g.lease_until
        """

    init(row: Row) throws {
        id = try row["grant_id"]
        tenantID = try row["tenant_id"]
        applicationID = try row["app_id"]
        level = try row["level"]
        scopes = try row["scopes"]
        state = try row["state"]
        problem = try row["problem"]
        sealedAccessToken = try row["access_token"]
        accessExpiresAt = try row["access_expires_at"]
        sealedRefreshToken = try row["refresh_token"]
        version = try row["version"]
        leaseUntil = try row["lease_until"]
    }
}
