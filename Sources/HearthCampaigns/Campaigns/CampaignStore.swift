import Foundation
import HearthCore
package import HearthRules
package import HearthWeb
package import Postgres
import StrictJSON

/// Queries for campaigns of a tenant. Deleted ones are not found.
package struct CampaignStore: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// - Throws: 403 `CAMPAIGN_NOT_FOUND`.
    package func find<View: CampaignView>(
        _ id: Int64, of tenant: Int64, as view: View.Type = Campaign.self
    ) async throws -> View {
        let row = try await database.read(
            """
            SELECT \(unescaped: View.columns) FROM \(unescaped: View.source)
            WHERE c.tenant_id = \(tenant) AND c.campaign_id = \(id) AND c.status <> 'deleted'
            """
        ).first
        guard let row else { throw APIError.campaignNotFound }
        return try View(row: row)
    }

    /// - Throws: 403 `CAMPAIGN_NOT_FOUND`.
    func find(_ email: EmailAddress, of tenant: Int64) async throws -> Campaign {
        var filter = CampaignFilter()
        filter.email = email
        let row = try await database.read(
            """
            SELECT \(unescaped: Campaign.columns) FROM campaigns c WHERE c.tenant_id = \(tenant) \(filter.condition)
            ORDER BY c.email_key = \(email.key) DESC, c.campaign_id DESC LIMIT 1
            """
        ).first
        guard let row else { throw APIError.campaignNotFound }
        return try Campaign(row: row)
    }

    func count(_ filter: CampaignFilter, of tenant: Int64) async throws -> Int64 {
        try await database.read(
            "SELECT count(*) AS campaigns FROM campaigns c WHERE c.tenant_id = \(tenant) \(filter.condition)"
        ).scalar("campaigns") ?? 0
    }

    package func list<View: CampaignView>(
        _ filter: CampaignFilter, page: PageRequest, of tenant: Int64, as view: View.Type = Campaign.self
    ) async throws -> Page<View> {
        let found = try await database.read(
            """
            SELECT \(unescaped: View.columns) FROM \(unescaped: View.source)
            WHERE c.tenant_id = \(tenant) AND \(page.follows("c.campaign_id")) \(filter.condition)
            \(page.ordered(by: "c.campaign_id"))
            """
        ).map(View.init)
        return Page(found, of: page, key: \.campaign.id)
    }
}

/// A campaign as read for a list or a page: alone, or with data of its mailbox.
package protocol CampaignView: Sendable {
    /// Includes ``Campaign/columns``.
    static var columns: String { get }
    /// The relations of `columns`, with campaigns as `c`.
    static var source: String { get }
    var campaign: Campaign { get }
    init(row: Row) throws
}

extension Campaign: CampaignView {
    package static var source: String { "campaigns c" }
    package var campaign: Campaign { self }
}

/// A filter for a tenant's campaigns. All given conditions must hold; deleted campaigns never match.
package struct CampaignFilter: Sendable, Equatable {
    package var status: CampaignStatus?
    /// The requested address, or the mailbox's actual one.
    var email: EmailAddress?
    /// A substring of either address, case-insensitive.
    package var addressPart: String?
    package var tag: String?
    /// Excludes campaigns created later. Set by jobs, never by a request.
    var createdUntil: Date?

    package init() {}

    init(_ fields: inout Fields) {
        status = fields.choice("status", or: "status_code", as: LiveStatus.self)?.status
        email = fields.address("email")
        tag = fields.string("tag", length: 1...255)
    }

    package var isEmpty: Bool { self == CampaignFilter() }

    /// Conditions on the alias `c`, beginning with AND. Each combination is a separate statement, so that its plan uses the
    /// right index.
    var condition: SQL {
        var condition: SQL = "AND c.status <> 'deleted'"
        if let status { condition = "\(condition) AND c.status = \(status)" }
        if let email {
            condition = "\(condition) AND (c.email_key = \(email.key) OR lower(c.mailbox_address) = \(email.key))"
        }
        if let addressPart {
            condition = """
                \(condition) AND (strpos(lower(c.email), lower(\(addressPart))) > 0
                    OR strpos(lower(c.mailbox_address), lower(\(addressPart))) > 0)
                """
        }
        if let tag { condition = "\(condition) AND c.tags @> \([tag])" }
        if let createdUntil { condition = "\(condition) AND c.created_at <= \(createdUntil)" }
        return condition
    }

    /// Writes the filter in the form of a request.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("status", status?.rawValue)
            json.member("email", email?.text)
            json.member("tag", tag)
        }
    }

    private enum LiveStatus: String, CaseIterable {
        case pending, active, paused

        var status: CampaignStatus? { CampaignStatus(rawValue: rawValue) }
    }
}
