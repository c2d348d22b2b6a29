import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// `GET /campaigns/{id}/history`: who moved the campaign, when, why, and by which event the world heard. It outlives the
/// campaign's deletion.
struct HistoryRoutes {
    let database: Database

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        let id = try context.campaignID()
        let found = try await database.read(
            "SELECT 1 FROM campaigns WHERE tenant_id = \(context.tenantID) AND campaign_id = \(id)")
        if found.isEmpty { throw APIError.campaignNotFound }
        var fields = try Fields(query: request.uri.query)
        let wanted = PageRequest(of: .history, &fields) ?? PageRequest(firstOf: .history)
        try fields.validated()
        let rows = try await database.read(
            """
            SELECT h.version, h.from_status, h.command, h.to_status, h.actor, h.reason, h.request_id, h.event_position,
                h.occurred_at
            FROM campaign_history h
            WHERE h.tenant_id = \(context.tenantID) AND h.campaign_id = \(id)
                AND h.version < \(wanted.after ?? Int64(Int32.max))
            ORDER BY h.version DESC LIMIT \(wanted.limit + 1)
            """)
        let entries = try rows.map { try Entry($0, tenant: context.tenantID) }
        return Page(entries, of: wanted, key: \.version).response(
            to: request, code: "CAMPAIGN_HISTORY_FETCHED", message: "Campaign history fetched"
        ) { $0.write(to: &$1) }
    }

    private struct Entry {
        let version: Int64
        let from: String
        let command: String
        let to: CampaignStatus
        let actor: String
        let reason: String?
        let requestID: String?
        let eventID: String
        let occurredAt: Date

        init(_ row: Row, tenant: Int64) throws {
            version = try row["version"]
            from = try row["from_status"]
            command = try row["command"]
            to = try row["to_status"]
            actor = try row["actor"]
            reason = try row[nullable: "reason"]
            requestID = try row[nullable: "request_id"]
            eventID = EventID(tenant: tenant, position: try row["event_position"]).text
            occurredAt = try row["occurred_at"]
        }

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("version", version)
                json.member("from_status", from == "none" ? nil : from)
                json.member("command", command)
                json.member("to_status", to.rawValue)
                json.member("actor", actor)
                json.member("reason", reason)
                json.member("request_id", requestID)
                json.member("event_id", eventID)
                json.member("occurred_at", RFC3339.format(occurredAt))
            }
        }
    }
}
