import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes for the metrics and the activity log of a campaign.
struct ActivityRoutes {
    let database: Database

    private static let defaultLimit = 100

    /// Returns what was sent and where it landed, by date. Empty, because without the warm-up engine nothing is sent.
    func metrics(_ request: Request, context: TenantContext) async throws -> Response {
        try await requireCampaign(context)
        return Envelope.response(code: "GET_METRICS_SUCCESSFULL", message: "Campaign Metrics fetched successful") {
            $0.object { _ in }
        }
    }

    /// Lists what happened to the campaign, newest first, with Mailivery's names.
    func log(_ request: Request, context: TenantContext) async throws -> Response {
        var fields = try Fields(query: request.uri.query)
        let limit = fields.integer("limit", in: 1...1_000) ?? Self.defaultLimit
        try await requireCampaign(context)
        try fields.validated()
        let rows = try await database.read(
            """
            SELECT h.version, h.from_status, h.command, h.to_status, h.actor, h.occurred_at FROM campaign_history h
            WHERE h.tenant_id = \(context.tenantID) AND h.campaign_id = \(try context.campaignID())
            ORDER BY h.version DESC LIMIT \(limit)
            """)
        let entries = try rows.map(Entry.init)
        return Envelope.response(
            code: "GET_ACTIVITY_LOG_SUCCESSFULL", message: "Campaign activity log fetched successful"
        ) { json in
            json.array { json in
                for entry in entries { entry.write(to: &json) }
            }
        }
    }

    private func requireCampaign(_ context: TenantContext) async throws {
        let found = try await database.read(
            """
            SELECT 1 FROM campaigns
            WHERE tenant_id = \(context.tenantID) AND campaign_id = \(try context.campaignID()) AND status <> 'deleted'
            """)
        guard !found.isEmpty else { throw APIError.campaignNotFound }
    }

    private struct Entry {
        let type: String
        let actor: String
        let occurredAt: Date

        init(_ row: Row) throws {
            type = Self.type(
                command: try row["command"], from: try row["from_status"], to: try row["to_status"])
            actor = try row["actor"]
            occurredAt = try row["occurred_at"]
        }

        /// Three of the names are Mailivery's; the others are ours.
        private static func type(command: CampaignCommand, from: String, to: CampaignStatus) -> String {
            switch (command, to) {
            case (.start, _), (.resume, _): from == CampaignStatus.paused.rawValue ? "warmup_resumed" : "warmup_started"
            case (.pause, _): "warmup_paused"
            case (.fault, _): "connection_problem"
            case (.consent, _), (.reconnect, _): from == "none" ? "mailbox_connected" : "mailbox_reconnected"
            case (.delete, _): "campaign_deleted"
            }
        }

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("type", type)
                json.member("actor", actor)
                json.member("created_at", RFC3339.format(occurredAt))
            }
        }
    }
}
