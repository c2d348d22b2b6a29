package import Foundation
package import HearthRules
package import Postgres

/// A mailbox as shown to its partner: an account at Microsoft, with its connection and its uses.
package struct Mailbox: Sendable {
    /// A campaign that uses it.
    package struct Use: Sendable {
        package let campaignID: Int64
        package fileprivate(set) var status: CampaignStatus
        package let email: String
    }

    /// The access that its owner granted.
    package struct Access: Sendable {
        package let grantID: Int64
        package let level: PermissionLevel
        package let scopes: [String]
        package let grantedAt: Date
        package let refreshedAt: Date
        /// False if Microsoft has ended it.
        package let isLive: Bool

        package func ageInDays(at now: Date) -> Int { max(Int(now.timeIntervalSince(grantedAt) / 86_400), 0) }
    }

    package let id: Int64
    package let tid: UUID
    package let address: String
    package let userPrincipalName: String
    package let accountType: AccountType
    /// Nil if it is not connected.
    package private(set) var access: Access?
    package private(set) var uses: [Use]
    package private(set) var problem: ConnectionProblem?
    package private(set) var problemSince: Date?
    package let lastSuccessAt: Date?
    package private(set) var disconnectedAt: Date?
    package let createdAt: Date
    package private(set) var updatedAt: Date

    package init(
        id: Int64, tid: UUID, address: String, userPrincipalName: String, accountType: AccountType,
        access: Access? = nil, uses: [Use], problem: ConnectionProblem? = nil, problemSince: Date? = nil,
        lastSuccessAt: Date?, disconnectedAt: Date? = nil, createdAt: Date, updatedAt: Date
    ) {
        self.id = id
        self.tid = tid
        self.address = address
        self.userPrincipalName = userPrincipalName
        self.accountType = accountType
        self.access = access
        self.uses = uses
        self.problem = problem
        self.problemSince = problemSince
        self.lastSuccessAt = lastSuccessAt
        self.disconnectedAt = disconnectedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    package func health(at now: Date) -> MailboxHealth {
        MailboxHealth(
            problem: problem, isConnected: access != nil, isInUse: uses.contains { $0.status == .active },
            lastSuccess: lastSuccessAt, connectedAt: access?.grantedAt ?? createdAt, at: now)
    }

    /// Its problem or its health, for people.
    package func words(at now: Date) -> String { problem?.cause ?? health(at: now).words }

    /// How to fix it, for people; nil if there is nothing to do.
    package func advice(at now: Date) -> String? { problem?.advice ?? health(at: now).advice }

    /// Returns the mailbox after its disconnection.
    package func disconnected(at now: Date) -> Mailbox {
        var mailbox = self
        mailbox.access = nil
        mailbox.problem = nil
        mailbox.problemSince = nil
        mailbox.disconnectedAt = now
        mailbox.updatedAt = now
        for index in mailbox.uses.indices where mailbox.uses[index].status == .active {
            mailbox.uses[index].status = .paused
        }
        return mailbox
    }

    /// Columns of ``relations``.
    package static let columns =
        """
        m.mailbox_id, m.tid, m.address, m.user_principal_name, m.account_type, m.problem, m.problem_since,
        m.last_success_at, m.disconnected_at, m.created_at, m.updated_at, g.grant_id, g.level, g.scopes,
        g.created_at AS granted_at, g.refreshed_at, g.state AS grant_state, c.campaign_id, c.status AS campaign_status, c.email AS campaign_email
        """

    /// One row per mailbox, because it has at most one live campaign.
    package static let relations =
        """
        mailboxes m
        LEFT JOIN grants g ON g.tenant_id = m.tenant_id AND g.grant_id = m.grant_id
        LEFT JOIN campaigns c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id AND c.status <> 'deleted'
        """
}

extension Mailbox {
    package init(row: Row) throws {
        let problem: String? = try row[nullable: "problem"]
        self.init(
            id: try row["mailbox_id"], tid: try row["tid"], address: try row["address"],
            userPrincipalName: try row["user_principal_name"], accountType: try row["account_type"],
            access: try Access(row: row), uses: try Use(row: row).map { [$0] } ?? [],
            problem: problem.flatMap(ConnectionProblem.init), problemSince: try row[nullable: "problem_since"],
            lastSuccessAt: try row[nullable: "last_success_at"], disconnectedAt: try row[nullable: "disconnected_at"],
            createdAt: try row["created_at"], updatedAt: try row["updated_at"])
    }
}

extension Mailbox.Access {
    fileprivate init?(row: Row) throws {
        guard let id: Int64 = try row[nullable: "grant_id"] else { return nil }
        self.init(
            grantID: id, level: try row["level"], scopes: try row["scopes"], grantedAt: try row["granted_at"],
            refreshedAt: try row["refreshed_at"], isLive: try row["grant_state"] == GrantState.live)
    }
}

extension Mailbox.Use {
    fileprivate init?(row: Row) throws {
        guard let id: Int64 = try row[nullable: "campaign_id"] else { return nil }
        self.init(campaignID: id, status: try row["campaign_status"], email: try row["campaign_email"])
    }
}
