package import Foundation
import HearthCore
package import HearthRules
package import Postgres

extension ConsentTable {
    /// A link to be stored. Its values for mailbox, owner and campaign are SQL expressions, because those of an invitation or
    /// a reconnect are copied unchanged from the rows they refer to.
    package struct NewLink {
        package var tenantID: Int64
        package var id: Int64
        package var kind: Consent.Kind
        package var seed: [UInt8]
        package var level: PermissionLevel
        package var includesShared: Bool
        package var createdAt: Date

        package var application: SQL
        package var returnURL: SQL
        package var expiresAt: SQL
        package var reconnects: SQL = "NULL"
        package var mailbox: SQL = "NULL"
        package var invitation: SQL = "NULL"
        package var externalID: SQL = "NULL"
        package var content: Content
        /// The FROM and WHERE clauses of the rows that the expressions read. Without a row, no link is stored.
        package var source: SQL = ""

        package init(
            tenantID: Int64, id: Int64, kind: Consent.Kind, seed: [UInt8], level: PermissionLevel, includesShared: Bool,
            createdAt: Date, application: SQL, returnURL: SQL, expiresAt: SQL, content: Content
        ) {
            self.tenantID = tenantID
            self.id = id
            self.kind = kind
            self.seed = seed
            self.level = level
            self.includesShared = includesShared
            self.createdAt = createdAt
            self.application = application
            self.returnURL = returnURL
            self.expiresAt = expiresAt
            self.content = content
        }
    }

    /// The values for the link's campaign and mailbox, as lists of SQL expressions.
    package struct Content {
        /// `email, email_key, first_name, last_name, owner_email`
        let person: SQL
        /// `email_per_day, response_rate, with_rampup, rampup_speed, timezone, sending_schedule, sending_windows,
        /// warmup_audience_type`
        let settings: SQL
        /// `tags, meta`
        let labels: SQL

        package init(person: SQL, settings: SQL, labels: SQL) {
            self.person = person
            self.settings = settings
            self.labels = labels
        }
    }

    /// Stores an open link. Returns `has_endpoint`: whether any endpoint would receive the outcome.
    package static func insertion(of link: NewLink) -> SQL {
        """
        INSERT INTO consents (tenant_id, consent_id, kind, status, seed, level, shared, created_at, updated_at, app_id,
            return_url, expires_at, reconnects, mailbox_id, invitation_id, external_id,
            email, email_key, first_name, last_name, owner_email,
            email_per_day, response_rate, with_rampup, rampup_speed, timezone, sending_schedule, sending_windows,
            warmup_audience_type, tags, meta)
        SELECT \(link.tenantID), \(link.id), \(link.kind), 'open', \(link.seed), \(link.level), \(link.includesShared),
            \(link.createdAt), \(link.createdAt), \(link.application), \(link.returnURL), \(link.expiresAt),
            \(link.reconnects), \(link.mailbox), \(link.invitation), \(link.externalID),
            \(link.content.person), \(link.content.settings), \(link.content.labels)
        \(link.source)
        RETURNING EXISTS (
            SELECT FROM webhook_endpoints WHERE tenant_id = \(link.tenantID) AND status = 'enabled') AS has_endpoint
        """
    }
}
