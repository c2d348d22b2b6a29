import Foundation
import HTTPTypes
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Checks whether connections work, without sending mail. Results are recorded as those of the daily check: a campaign is
/// paused, a recovered one loses its problem, and events are sent.
struct RecheckConnections: Sendable {
    let campaigns: CampaignStore
    let connection: ConnectionCheck
    let work: WorkSignals
    let now: @Sendable () -> Date

    /// Seconds. A mailbox that worked more recently is not checked again.
    private static let fresh: TimeInterval = 60

    init(_ connections: Connections) {
        let dependencies = connections.dependencies
        campaigns = CampaignStore(database: dependencies.database)
        connection = ConnectionCheck(connections, database: dependencies.database)
        work = dependencies.work
        now = dependencies.now
    }

    /// Makes every connection of an active or paused campaign due now, unless it has just worked. The worker checks them, a few
    /// per organisation at a time. Pending campaigns are left out, because they must cause no calls.
    func all(of tenant: Int64, call: IdempotentCall) async throws -> RecordedAnswer {
        let now = now()
        let answer = try await campaigns.database.transaction { transaction in
            let inUse: SQL =
                """
                SELECT c.mailbox_id FROM campaigns c WHERE c.tenant_id = \(tenant) AND c.status IN ('active', 'paused')
                """
            let connections = try transaction.query(
                GrantTable.recheck(
                    inUse, of: tenant, unlessWorkedSince: now.addingTimeInterval(-Self.fresh), at: now)
            ).affected
            let answer = Envelope.prepared(
                code: "CONNECTIONS_RECHECK_STARTED",
                message: "The connections are being checked. Changes are reported by webhook."
            ) { json in
                json.object { $0.member("connections", connections) }
            }
            return try call.record(answer, in: &transaction)
        }
        work.grantsDue()
        return answer
    }

    /// - Throws: 503 `CONNECTION_TEMPORARILY_UNAVAILABLE` if the connection cannot be checked now.
    func one(_ id: Int64, of tenant: Int64, call: IdempotentCall) async throws -> RecordedAnswer {
        let problem = try await problem(id, of: tenant)
        // Read after the check, which may have paused it.
        let campaign = try await campaigns.find(id, of: tenant)
        let answer = Envelope.prepared(
            code: problem == nil ? "CONNECTION_WORKS" : "CONNECTION_BROKEN",
            message: problem?.words ?? "The connection works.", headers: [.eTag: campaign.settingsTag.text]
        ) {
            campaign.write(to: &$0) { json in
                json.object("connection") { json in
                    json.member("works", problem == nil)
                    json.member("code", problem?.rawValue)
                    json.member("message", problem?.words)
                    json.member("remedy", problem?.remedy.rawValue)
                }
            }
        }
        return try await campaigns.database.transaction { try call.record(answer, in: &$0) }
    }

    private func problem(_ id: Int64, of tenant: Int64) async throws -> ConnectionProblem? {
        guard let grant = try await grant(id, of: tenant) else { return .disconnected }
        do {
            return try await connection.problem(grant: grant, of: tenant)
        } catch let refusal as APIError {
            // If it was disconnected meanwhile, that is the result.
            guard try await self.grant(id, of: tenant) == nil else { throw refusal }
            return .disconnected
        }
    }

    /// Returns nil if the partner has disconnected the mailbox.
    private func grant(_ id: Int64, of tenant: Int64) async throws -> Int64? {
        let row = try await campaigns.database.read(
            """
            SELECT m.grant_id FROM campaigns c
            JOIN mailboxes m ON m.tenant_id = c.tenant_id AND m.mailbox_id = c.mailbox_id
            WHERE c.tenant_id = \(tenant) AND c.campaign_id = \(id)
            """
        ).first
        return try row?[nullable: "grant_id"]
    }
}

/// Routes that check connections on request.
struct RecheckRoutes {
    let recheck: RecheckConnections

    /// `GET` and `POST /campaigns/connections/recheck`: all connections of the account, checked by the worker.
    func all(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try await write.once { call in try await recheck.all(of: context.tenantID, call: call) }
    }

    /// `POST /campaigns/{id}/recheck`: one connection, checked now.
    func one(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try context.campaignID()
        _ = try await recheck.campaigns.find(id, of: context.tenantID)
        return try await write.once { call in
            try await recheck.one(id, of: context.tenantID, call: call)
        }
    }
}
