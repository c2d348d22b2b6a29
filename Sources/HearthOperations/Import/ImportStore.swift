import Foundation
import HearthCampaigns
import HearthCore
import HearthMailboxes
import HearthOnboarding
import HearthRules
import Postgres

/// Finds what Hearth already has for an imported campaign, by its old id and its address.
///
/// Each search is a transaction that locks the tenant's row, so that two concurrent imports create only one link.
struct ImportStore: Sendable {
    let database: Database
    let tenant: Int64
    /// Creates the audit entry of a change.
    let entry: @Sendable (_ subject: String) throws -> AuditInsertion

    enum Finding: Sendable {
        /// The mailbox is connected.
        case campaign(Int64)
        case deletedCampaign
        /// A link that its owner can still follow.
        case link(Consent)
        case revokedLink
        /// Another old id has the mailbox or its link; a mailbox can have only one campaign.
        case duplicate(of: String)
        case nothing
    }

    /// - Parameters:
    ///   - link: stored if nothing is found.
    ///   - isDryRun: whether to write nothing.
    func find(
        _ externalID: String, email: EmailAddress?, storing link: NewConsent? = nil, isDryRun: Bool, at now: Date
    ) async throws -> Finding {
        try await database.transaction { [self] transaction in
            let rows = try transaction.query(all: questions(externalID, email: email, at: now))
            let finding = try finding(rows, at: now)
            guard !isDryRun else { return finding }
            if case .campaign(let id) = finding, rows[1].isEmpty {
                // It was connected without an import: store its old id.
                transaction.write(CampaignTable.setExternalID(externalID, of: id, tenant: tenant))
                transaction.audit(try entry("campaign:\(id)"))
            }
            if case .nothing = finding, let link {
                transaction.write(link.insertion)
                transaction.audit(try entry("consent:\(link.id)"))
            }
            return finding
        }
    }

    private func questions(_ externalID: String, email: EmailAddress?, at now: Date) -> [SQL] {
        [
            "SELECT FROM tenants WHERE tenant_id = \(tenant) FOR NO KEY UPDATE",
            """
            SELECT campaign_id, status FROM campaigns WHERE tenant_id = \(tenant) AND external_id = \(externalID)
            ORDER BY status = 'deleted', campaign_id DESC LIMIT 1
            """,
            """
            SELECT \(unescaped: Consent.columns) FROM consents s JOIN tenants t ON t.tenant_id = s.tenant_id
            WHERE s.tenant_id = \(tenant) AND s.external_id = \(externalID) ORDER BY s.consent_id DESC LIMIT 1
            """,
            """
            SELECT c.campaign_id, c.external_id FROM campaigns c
            JOIN mailboxes m ON m.tenant_id = c.tenant_id AND m.mailbox_id = c.mailbox_id
            WHERE c.tenant_id = \(tenant) AND c.status <> 'deleted'
                AND (m.address_key = \(email?.key) OR c.email_key = \(email?.key))
            ORDER BY c.external_id IS NOT NULL, c.campaign_id LIMIT 1
            """,
            """
            SELECT external_id FROM consents
            WHERE tenant_id = \(tenant) AND email_key = \(email?.key) AND status IN ('open', 'redeeming')
                AND expires_at > \(now) AND external_id <> \(externalID) LIMIT 1
            """,
        ]
    }

    private func finding(_ rows: [Rows], at now: Date) throws -> Finding {
        if let campaign = rows[1].first {
            let status: CampaignStatus = try campaign["status"]
            return status == .deleted ? .deletedCampaign : .campaign(try campaign["campaign_id"])
        }
        if let sameAddress = rows[3].first {
            if let other: String = try sameAddress[nullable: "external_id"] { return .duplicate(of: other) }
            return .campaign(try sameAddress["campaign_id"])
        }
        if let row = rows[2].first {
            let consent = try Consent(row: row)
            switch consent.status(at: now) {
            case .open, .redeeming: return .link(consent)
            case .revoked: return .revokedLink
            case .completed, .expired: break
            }
        }
        if let other = rows[4].first { return .duplicate(of: try other["external_id"]) }
        return .nothing
    }
}
