package import Foundation
import HearthCore
package import HearthRules
package import HearthWeb
import Hummingbird
package import Postgres
import StrictJSON

/// One transition of a campaign: who made it, when, why, and its event.
package struct CampaignHistoryEntry: Sendable {
    let version: Int64
    /// `none` for the first.
    package let from: String
    package let command: CampaignCommand
    package let to: CampaignStatus
    package let actor: String
    package let reason: String?
    let requestID: String?
    let eventID: String
    package let occurredAt: Date

    fileprivate init(_ row: Row, tenant: Int64) throws {
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
            json.member("command", command.rawValue)
            json.member("to_status", to.rawValue)
            json.member("actor", actor)
            json.member("reason", reason)
            json.member("request_id", requestID)
            json.member("event_id", eventID)
            json.member("occurred_at", RFC3339.format(occurredAt))
        }
    }
}

/// Queries for the history of campaigns, which can still be read after a campaign was deleted.
package struct CampaignHistory: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    func hasCampaign(_ id: Int64, of tenant: Int64) async throws -> Bool {
        try await !database.read("SELECT 1 FROM campaigns WHERE tenant_id = \(tenant) AND campaign_id = \(id)").isEmpty
    }

    /// - Parameter page: a page keyed by version.
    package func list(of id: Int64, page: PageRequest, tenant: Int64) async throws -> Page<CampaignHistoryEntry> {
        let found = try await database.read(
            """
            SELECT h.version, h.from_status, h.command, h.to_status, h.actor, h.reason, h.request_id, h.event_position,
                h.occurred_at
            FROM campaign_history h
            WHERE h.tenant_id = \(tenant) AND h.campaign_id = \(id) AND \(page.follows("h.version"))
            \(page.ordered(by: "h.version"))
            """
        ).map { try CampaignHistoryEntry($0, tenant: tenant) }
        return Page(found, of: page, key: \.version)
    }
}

/// `GET /campaigns/{id}/history`, newest first.
struct HistoryRoutes {
    let history: CampaignHistory

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        let id = try context.campaignID()
        guard try await history.hasCampaign(id, of: context.tenantID) else { throw APIError.campaignNotFound }
        var fields = try Fields(query: request.uri.query)
        let page =
            PageRequest(of: .history, order: .newestFirst, &fields)
            ?? PageRequest(firstOf: .history, order: .newestFirst)
        try fields.validated()
        return try await history.list(of: id, page: page, tenant: context.tenantID).response(
            to: request, code: "CAMPAIGN_HISTORY_FETCHED", message: "Campaign history fetched"
        ) { $0.write(to: &$1) }
    }
}
