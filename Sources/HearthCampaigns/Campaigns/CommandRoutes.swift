import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres

/// The commands that move a campaign: the bodiless PATCH of the contract, section 5, and DELETE.
struct CommandRoutes {
    let commands: CommandCampaign
    let idempotency: Idempotency

    func start(_ request: Request, context: TenantContext) async throws -> Response {
        try await run(.start, request, context, code: "WARMUP_STARTED", message: "Warm-up started")
    }

    func pause(_ request: Request, context: TenantContext) async throws -> Response {
        try await run(.pause, request, context, code: "WARMUP_PAUSED", message: "Warm-up paused")
    }

    func resume(_ request: Request, context: TenantContext) async throws -> Response {
        try await run(.resume, request, context, code: "WARMUP_RESUMED", message: "Warm-up resumed")
    }

    func delete(_ request: Request, context: TenantContext) async throws -> Response {
        try await run(.delete, request, context, code: "CAMPAIGN_DELETED", message: "Campaign deleted")
    }

    private func run(
        _ command: CampaignCommand, _ request: Request, _ context: TenantContext, code: String, message: String
    ) async throws -> Response {
        let id = try context.campaignID()
        let answer = { @Sendable (campaign: Campaign) in
            Envelope.prepared(code: code, message: message) { campaign.write(to: &$0) }
        }
        return try await idempotency.run(
            request, context, body: .empty, shape: command.checksConnection ? .asksOutside : .commit
        ) { call in
            let campaign = try await commands.run(command, on: id, by: Caller(context)) { campaign, transaction in
                try call.record(answer(campaign), in: &transaction)
            }
            return answer(campaign)
        }
    }
}
