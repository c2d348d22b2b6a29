import Foundation
import HTTPTypes
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
import Postgres
import StrictJSON

/// Finds out whether connections work, without sending anything. What is found is committed as if the daily look had
/// found it: a campaign pauses, a cured one loses its problem, and partners are told.
struct RecheckConnections: Sendable {
    let campaigns: CampaignStore
    let connection: ConnectionCheck
    let work: WorkHints
    let now: @Sendable () -> Date

    /// A mailbox that has just worked is not asked again.
    private static let fresh: TimeInterval = 60

    init(_ connections: Connections) {
        let dependencies = connections.dependencies
        campaigns = CampaignStore(database: dependencies.database)
        connection = ConnectionCheck(connections, database: dependencies.database)
        work = dependencies.work
        now = dependencies.now
    }

    /// Makes every connection in use, and every one with a problem that may have passed, due now. The worker looks at
    /// them, a few of an organisation at a time. A pending campaign costs nothing, so it is left out.
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
                message: "The connections are looked at now. What changes is told by webhook."
            ) { json in
                json.object { $0.member("connections", connections) }
            }
            return try call.record(answer, in: &transaction)
        }
        work.grantsDue()
        return answer
    }

    /// - Throws: 503 `CONNECTION_TEMPORARILY_UNAVAILABLE` when Microsoft cannot be asked.
    func one(_ id: Int64, of tenant: Int64, call: IdempotentCall) async throws -> RecordedAnswer {
        let problem = try await problem(id, of: tenant)
        // As it is after the look, which may have paused it.
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
            // It may have been disconnected meanwhile, and then that is the answer.
            guard try await self.grant(id, of: tenant) == nil else { throw refusal }
            return .disconnected
        }
    }

    /// Nil once the partner has disconnected the mailbox.
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
