import Foundation
import HTTPTypes
package import HearthCore
package import HearthMailboxes
package import HearthRules
package import HearthWeb
import Hummingbird
package import Postgres
import StrictJSON

/// Runs a partner's command on one campaign: reads it, checks the connection, then locks it, decides again and commits.
///
/// The check calls Microsoft, so it runs outside any transaction. What the first read found is only a hint: the machine
/// decides under the lock.
package struct CommandCampaign: Sendable {
    let database: Database
    let now: @Sendable () -> Date
    let connection: ConnectionCheck
    let recorder: AuditRecorder
    let work: WorkSignals
    let reached: @Sendable (Checkpoint) -> Void

    /// - Parameter database: nil for the API's; workers pass their own.
    package init(_ connections: Connections, database: Database? = nil) {
        let dependencies = connections.dependencies
        let database = database ?? dependencies.database
        self.database = database
        now = dependencies.now
        connection = ConnectionCheck(connections, database: database)
        recorder = dependencies.recorder
        work = dependencies.work
        reached = dependencies.reached
    }

    /// - Parameter addition: runs in the transaction of the command, for example to store the response. It receives the
    ///   campaign after the command, even if nothing had to be done.
    /// - Returns: what `addition` returns.
    /// - Throws: `APIError`: `CAMPAIGN_NOT_FOUND`, `INVALID_STATE_TRANSITION`, a `CONNECTION_…` code, or
    ///   `EMAIL_POOL_EXCEEDED`. Nothing has changed then.
    package func run<Value: Sendable>(
        _ command: CampaignCommand, on id: Int64, by caller: Caller,
        adding addition: @escaping @Sendable (Campaign, inout Transaction) throws -> Value
    ) async throws -> Value {
        guard command.checksConnection else {
            return try await commit(command, on: id, by: caller, provenGrant: nil, adding: addition)
        }
        var provenGrant = try await prove(command, on: id, by: caller)
        for attempt in 1... {
            do {
                return try await commit(command, on: id, by: caller, provenGrant: provenGrant, adding: addition)
            } catch is GrantReplaced where attempt == 1 {
                // A consent completed meanwhile and created a new grant, which has to be checked.
                provenGrant = try await prove(command, on: id, by: caller)
            } catch is GrantReplaced {
                throw APIError.connectionTemporarilyUnavailable
            }
        }
        throw APIError.connectionTemporarilyUnavailable
    }

    /// Checks the connection if the command would move the campaign.
    ///
    /// - Returns: the grant that works; nil if there is nothing to do.
    private func prove(_ command: CampaignCommand, on id: Int64, by caller: Caller) async throws -> Int64? {
        guard let grant = try await grant(for: command, on: id, by: caller) else { return nil }
        do {
            try await connection.check(grant: grant, of: caller.tenantID)
            return grant
        } catch let refusal as APIError {
            // Meanwhile the campaign may have been deleted, its mailbox disconnected, or its grant replaced. Then the
            // refusal is about a grant that is no longer used, and the current state decides.
            guard let current = try await self.grant(for: command, on: id, by: caller) else { return nil }
            guard current != grant else { throw refusal }
            try await connection.check(grant: current, of: caller.tenantID)
            return current
        }
    }

    /// The grant that has to work for the command; nil if there is nothing to do.
    ///
    /// - Throws: `CAMPAIGN_NOT_FOUND`, `INVALID_STATE_TRANSITION`, or `CONNECTION_DISCONNECTED`.
    private func grant(for command: CampaignCommand, on id: Int64, by caller: Caller) async throws -> Int64? {
        let row = try await database.read(
            """
            SELECT c.status, m.grant_id FROM campaigns c
            JOIN mailboxes m ON m.tenant_id = c.tenant_id AND m.mailbox_id = c.mailbox_id
            WHERE c.tenant_id = \(caller.tenantID) AND c.campaign_id = \(id)
            """
        ).first
        guard let row else { throw APIError.campaignNotFound }
        switch try Self.decide(command, in: try row["status"]) {
        case .nothing, .recordFault: return nil
        case .move:
            guard let grant: Int64 = try row[nullable: "grant_id"] else { throw APIError.connectionDisconnected }
            return grant
        }
    }

    private func commit<Value: Sendable>(
        _ command: CampaignCommand, on id: Int64, by caller: Caller, provenGrant: Int64?,
        adding addition: @escaping @Sendable (Campaign, inout Transaction) throws -> Value
    ) async throws -> Value {
        let now = now()
        let (value, moved) = try await database.transaction { [reached, recorder] transaction in
            let campaign = try CampaignLock.take(id, of: caller.tenantID, for: command, in: &transaction)
            let decision = try Self.decide(command, in: campaign.campaign.status)
            guard case .move(let status, let event) = decision else {
                return (try addition(campaign.campaign, &transaction), false)
            }
            // Nothing was checked if the first read found nothing to do.
            if command.checksConnection, provenGrant == nil || campaign.grantID != provenGrant { throw GrantReplaced() }
            let transition = CampaignTransition(
                campaign: campaign.campaign, command: command, to: status, event: event, caller: caller, at: now)
            transition.write(to: &transaction)
            if status == .deleted { campaign.release(at: now, in: &transaction) }
            try caller.note(
                "campaign.\(command.rawValue)", "campaign:\(id)", outcome: status.rawValue, recorder, at: now,
                in: &transaction)
            let value = try addition(transition.result, &transaction)
            reached(.commandBeforeCommit)
            return (value, true)
        }
        if moved {
            reached(.commandCommitted)
            work.eventCommitted()
        }
        return value
    }

    private static func decide(
        _ command: CampaignCommand, in status: CampaignStatus
    ) throws(APIError) -> CampaignMachine.Decision {
        do {
            return try CampaignMachine(status).decide(command)
        } catch {
            throw .refused(error)
        }
    }

    private struct GrantReplaced: Error {}
}

extension APIError {
    /// The error for a command that the machine refuses.
    package static func refused(_ refusal: CampaignMachine.Refusal) -> APIError {
        if refusal.status == .deleted { return .campaignNotFound }
        let allowed = CampaignMachine(refusal.status).allowedActions.map(\.rawValue)
        return APIError(
            .conflict, code: "INVALID_STATE_TRANSITION",
            message:
                "The campaign is \(refusal.status.rawValue), which does not allow \(refusal.command.rawValue). Allowed: \(allowed.joined(separator: ", ")).",
            details: [
                ("current_status", .string(refusal.status.rawValue)),
                ("allowed_actions", .array(allowed.map { .string($0) })),
            ])
    }
}

/// Routes for the commands on a campaign: Mailivery's PATCH calls without a body, and DELETE.
struct CommandRoutes {
    let commands: CommandCampaign

    func start(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try await run(.start, context, write, code: "WARMUP_STARTED", message: "Warm-up started")
    }

    func pause(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try await run(.pause, context, write, code: "WARMUP_PAUSED", message: "Warm-up paused")
    }

    func resume(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try await run(.resume, context, write, code: "WARMUP_RESUMED", message: "Warm-up resumed")
    }

    func delete(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try await run(.delete, context, write, code: "CAMPAIGN_DELETED", message: "Campaign deleted")
    }

    private func run(
        _ command: CampaignCommand, _ context: TenantContext, _ write: PartnerWrite, code: String, message: String
    ) async throws -> RecordedResponse {
        let id = try context.campaignID()
        return try await write.once { call in
            try await commands.run(command, on: id, by: Caller(context)) { campaign, transaction in
                let answer = Envelope.prepared(code: code, message: message) { campaign.write(to: &$0) }
                return try call.record(answer, in: &transaction)
            }
        }
    }
}
