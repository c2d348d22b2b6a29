import HearthRules
import Hummingbird

/// The commands of the contract, section 5: bodiless PATCH.
struct WarmupRoutes {
    let commands: CommandCampaign

    func start(_ request: Request, context: TenantContext) async throws -> Response {
        let campaign = try await commands.run(.start, on: try context.campaignID(), by: Caller(context))
        return Envelope.response(code: "WARMUP_STARTED", message: "Warm-up started") { campaign.write(to: &$0) }
    }

    func pause(_ request: Request, context: TenantContext) async throws -> Response {
        let campaign = try await commands.run(.pause, on: try context.campaignID(), by: Caller(context))
        return Envelope.response(code: "WARMUP_PAUSED", message: "Warm-up paused") { campaign.write(to: &$0) }
    }

    func resume(_ request: Request, context: TenantContext) async throws -> Response {
        let campaign = try await commands.run(.resume, on: try context.campaignID(), by: Caller(context))
        return Envelope.response(code: "WARMUP_RESUMED", message: "Warm-up resumed") { campaign.write(to: &$0) }
    }
}
