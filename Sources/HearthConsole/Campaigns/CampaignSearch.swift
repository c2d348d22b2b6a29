import Foundation
import HearthCampaigns
import HearthRules
import HearthWeb
import Postgres

/// The console's queries for campaigns: a filtered list in pages, newest first, and one campaign with its history.
struct CampaignSearch: Sendable {
    let database: Database

    static let pageSize = 50
    private static let historyLength = 100

    struct Filter: Sendable {
        var status: CampaignStatus?
        /// A substring of either address; case is ignored.
        var email: String?
        var tag: String?

        var isEmpty: Bool { status == nil && email == nil && tag == nil }
    }

    struct Page: Sendable {
        let rows: [CampaignOverview]
        /// `before` of the next page; nil on the last page.
        let next: Int64?
    }

    /// - Parameter before: the last id of the previous page.
    func page(of tenant: Int64, _ filter: Filter, before: Int64?) async throws -> Page {
        let rows = try await database.read(
            """
            SELECT \(unescaped: Campaign.columns), \(unescaped: CampaignOverview.columns)
            FROM \(unescaped: CampaignOverview.source)
            WHERE c.tenant_id = \(tenant) AND c.status <> 'deleted' AND c.campaign_id < \(before ?? .max)
                AND (\(filter.status)::text IS NULL OR c.status = \(filter.status)::text)
                AND (\(filter.email)::text IS NULL
                    OR strpos(lower(c.email), lower(\(filter.email)::text)) > 0
                    OR strpos(lower(c.mailbox_address), lower(\(filter.email)::text)) > 0)
                AND (\(filter.tag)::text IS NULL OR \(filter.tag)::text = ANY(c.tags))
            ORDER BY c.campaign_id DESC LIMIT \(Self.pageSize + 1)
            """
        ).map(CampaignOverview.init)
        let shown = Array(rows.prefix(Self.pageSize))
        return Page(rows: shown, next: rows.count > Self.pageSize ? shown.last?.campaign.id : nil)
    }

    /// - Returns: nil for an unknown id, a deleted campaign or one of another tenant.
    func find(_ id: Int64, of tenant: Int64) async throws -> CampaignOverview? {
        try await database.read(
            """
            SELECT \(unescaped: Campaign.columns), \(unescaped: CampaignOverview.columns)
            FROM \(unescaped: CampaignOverview.source)
            WHERE c.tenant_id = \(tenant) AND c.campaign_id = \(id) AND c.status <> 'deleted'
            """
        ).first.map(CampaignOverview.init)
    }

    struct HistoryEntry: Sendable {
        let from: String
        let command: CampaignCommand
        let to: String
        let actor: String
        let reason: String?
        let at: Date
    }

    /// Newest first.
    func history(of id: Int64, tenant: Int64) async throws -> [HistoryEntry] {
        try await database.read(
            """
            SELECT from_status, command, to_status, actor, reason, occurred_at FROM campaign_history
            WHERE tenant_id = \(tenant) AND campaign_id = \(id) ORDER BY version DESC LIMIT \(Self.historyLength)
            """
        ).map { row in
            HistoryEntry(
                from: try row["from_status"], command: try row["command"], to: try row["to_status"],
                actor: try row["actor"], reason: try row[nullable: "reason"], at: try row["occurred_at"])
        }
    }
}
