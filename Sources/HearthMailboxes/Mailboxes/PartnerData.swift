package import Postgres

/// A partner's own data about a mailbox and its owner, which the mailbox's events contain. It comes from the campaign or,
/// without one, from the last link that connected the mailbox, such as an invitation's.
package struct PartnerData: Sendable {
    package var campaignID: Int64?
    package let email: String
    package let firstName: String
    package let lastName: String
    package let ownerEmail: String?
    package let tags: [String]
    package let meta: String?
    package let externalID: String?

    package init(
        campaignID: Int64? = nil, email: String, firstName: String, lastName: String, ownerEmail: String?,
        tags: [String], meta: String?, externalID: String?
    ) {
        self.campaignID = campaignID
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
        self.ownerEmail = ownerEmail
        self.tags = tags
        self.meta = meta
        self.externalID = externalID
    }
}

extension PartnerData {
    package init(_ consent: Consent) {
        self.init(
            email: consent.email, firstName: consent.firstName, lastName: consent.lastName,
            ownerEmail: consent.ownerEmail, tags: consent.tags, meta: consent.meta, externalID: consent.externalID)
    }

    /// Selects the link that last connected a mailbox.
    static func lastLink(of mailbox: Int64, tenant: Int64) -> SQL {
        """
        SELECT s.email, s.first_name, s.last_name, s.owner_email, s.tags, s.meta, s.external_id
        FROM mailboxes m JOIN consents s ON s.tenant_id = m.tenant_id AND s.email_key = m.address_key
            AND s.mailbox_id = m.mailbox_id AND s.status = 'completed'
        WHERE m.tenant_id = \(tenant) AND m.mailbox_id = \(mailbox)
        ORDER BY s.consent_id DESC LIMIT 1
        """
    }

    /// Selects the data of the mailbox's live campaign or, without one, of the link that last connected it; and the mailbox's
    /// `address`.
    package static func current(of mailbox: Int64, tenant: Int64) -> SQL {
        """
        SELECT m.address, c.campaign_id, coalesce(c.email, s.email, m.address) AS email,
            coalesce(c.first_name, s.first_name, '') AS first_name, coalesce(c.last_name, s.last_name, '') AS last_name,
            CASE WHEN c.campaign_id IS NULL THEN s.owner_email ELSE c.owner_email END AS owner_email,
            coalesce(c.tags, s.tags, '{}') AS tags,
            CASE WHEN c.campaign_id IS NULL THEN s.meta ELSE c.meta END AS meta,
            CASE WHEN c.campaign_id IS NULL THEN s.external_id ELSE c.external_id END AS external_id
        FROM mailboxes m
        LEFT JOIN campaigns c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id AND c.status <> 'deleted'
        LEFT JOIN LATERAL (
            SELECT l.email, l.first_name, l.last_name, l.owner_email, l.tags, l.meta, l.external_id FROM consents l
            WHERE l.tenant_id = m.tenant_id AND l.email_key = m.address_key AND l.mailbox_id = m.mailbox_id
                AND l.status = 'completed'
            ORDER BY l.consent_id DESC LIMIT 1) AS s ON true
        WHERE m.tenant_id = \(tenant) AND m.mailbox_id = \(mailbox)
        """
    }

    /// - Parameter row: a row of ``current(of:tenant:)``.
    package static func current(_ row: Row) throws -> PartnerData {
        var data = try PartnerData(row: row)
        data.campaignID = try row[nullable: "campaign_id"]
        return data
    }

    /// - Parameter row: a row of ``lastLink(of:tenant:)``.
    package init(row: Row) throws {
        self.init(
            email: try row["email"], firstName: try row["first_name"], lastName: try row["last_name"],
            ownerEmail: try row[nullable: "owner_email"], tags: try row["tags"],
            meta: (try row[nullable: "meta"] as JSONText?)?.text,
            externalID: try row[nullable: "external_id"])
    }
}
