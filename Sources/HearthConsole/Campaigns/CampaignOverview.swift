import Foundation
import HearthCampaigns
import HearthRules
import Postgres

/// A campaign and the state of its mailbox's connection.
struct CampaignOverview: CampaignView {
    let campaign: Campaign
    let problem: ConnectionProblem?
    /// As Microsoft spells them; empty when the mailbox has no live grant.
    let scopes: [String]
    let isConnected: Bool
    let accountType: AccountType
    let lastSuccess: Date?
    let connectedAt: Date

    func health(at now: Date) -> MailboxHealth {
        MailboxHealth(
            problem: problem, isConnected: isConnected, isInUse: campaign.status == .active, lastSuccess: lastSuccess,
            connectedAt: connectedAt, at: now)
    }

    static let columns =
        """
        \(Campaign.columns), m.problem AS mailbox_problem, m.grant_id IS NOT NULL AS connected, m.account_type, m.last_success_at,
        coalesce(g.created_at, m.created_at) AS connected_at, coalesce(g.scopes, '{}') AS scopes
        """

    static let source =
        """
        campaigns c JOIN mailboxes m ON m.tenant_id = c.tenant_id AND m.mailbox_id = c.mailbox_id
        LEFT JOIN grants g ON g.tenant_id = m.tenant_id AND g.grant_id = m.grant_id
        """
}

extension CampaignOverview {
    init(row: Row) throws {
        let problem: String? = try row[nullable: "mailbox_problem"]
        self.init(
            campaign: try Campaign(row: row), problem: problem.flatMap(ConnectionProblem.init),
            scopes: try row["scopes"], isConnected: try row["connected"], accountType: try row["account_type"],
            lastSuccess: try row[nullable: "last_success_at"], connectedAt: try row["connected_at"])
    }
}
