import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres

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
