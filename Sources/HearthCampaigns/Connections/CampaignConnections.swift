package import HearthMailboxes
import HearthRules
package import Postgres

/// Pauses an active campaign when its mailbox's connection is lost. When the connection is restored, the campaign stays as
/// it is until its partner resumes it.
package struct CampaignConnections: ConnectionDependent {

    package init() {
    }
    /// Locks at most one row, because a mailbox has at most one live campaign.
    package func lock(_ mailbox: SQL, of tenant: Int64) -> SQL {
        """
        SELECT \(unescaped: Campaign.columns) FROM campaigns c
        WHERE c.tenant_id = \(tenant) AND c.mailbox_id = \(mailbox) AND c.status <> 'deleted' FOR UPDATE
        """
    }

    package func use(_ locked: Rows) throws -> ConnectionUse? {
        try locked.first.map(Campaign.init).map {
            ConnectionUse(isUnstarted: $0.status == .pending, partnerData: PartnerData($0))
        }
    }

    package func lost(_ loss: LostConnection, _ locked: Rows, in transaction: inout Transaction) throws {
        guard var campaign = try locked.first.map(Campaign.init) else { return }
        campaign.connectionProblem = loss.problem.rawValue
        switch try CampaignMachine(campaign.status).decide(.fault) {
        case .move(let status, let event):
            CampaignTransition(
                campaign: campaign, command: .fault, to: status, event: event, caller: loss.caller,
                reason: loss.problem.words, at: loss.now
            ).write(to: &transaction)
        case .recordFault:
            transaction.write(
                CampaignTable.record(loss.problem, of: campaign.id, tenant: loss.tenantID, at: loss.now))
        case .nothing: break
        }
    }

    package func restored(_ connection: RestoredConnection, _ locked: Rows, in transaction: inout Transaction) throws {
        // A consent makes its own transition of the campaign, which clears the problem.
        guard connection.cause == .recovery, let campaign = try locked.first.map(Campaign.init) else { return }
        transaction.write(CampaignTable.record(nil, of: campaign.id, tenant: connection.tenantID, at: connection.now))
    }
}

extension PartnerData {
    package init(_ campaign: Campaign) {
        self.init(
            campaignID: campaign.id, email: campaign.email, firstName: campaign.firstName, lastName: campaign.lastName,
            ownerEmail: campaign.ownerEmail, tags: campaign.tags, meta: campaign.meta, externalID: campaign.externalID)
    }
}
