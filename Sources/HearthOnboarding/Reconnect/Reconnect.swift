package import Foundation
import HTTPTypes
package import HearthCampaigns
package import HearthCore
package import HearthMailboxes
package import HearthRules
package import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Creates links with which a mailbox's owner consents again. The mailbox and its campaign, if any, keep their ids.
///
/// Another account is refused by its identity at Microsoft, never by its address. The current grant stays unchanged until
/// the consent is completed, so declining a wider one removes nothing.
package struct Reconnect: Sendable {
    let dependencies: Dependencies

    package init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
    }

    /// - Parameter wanted: nil to request the same as last time.
    package func consent(
        for mailbox: Target, _ wanted: ReconnectRequest? = nil, identity: Identity
    ) async throws -> NewConsent {
        let last = try await lastAccess(of: mailbox.mailboxID, tenant: identity.tenantID)
        return try await NewConsent(
            reconnecting: mailbox, level: wanted?.level ?? last?.level ?? .warmup,
            includesShared: wanted?.withShared ?? last?.withShared ?? false,
            lifetime: wanted?.lifetime ?? dependencies.settings.consentLifetime, returnURL: wanted?.returnURL,
            for: identity, dependencies)
    }

    private func lastAccess(
        of mailbox: Int64, tenant: Int64
    ) async throws -> (level: PermissionLevel, withShared: Bool)? {
        let row = try await dependencies.database.read(
            """
            SELECT level, scopes FROM grants WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox)
            ORDER BY grant_id DESC LIMIT 1
            """
        ).first
        guard let row else { return nil }
        return (try row["level"], GrantedScopes(names: try row["scopes"]).includeShared)
    }
}

/// The parsed body of a request for a reconnect link. Nil keeps what was requested last time, or the service's default.
package struct ReconnectRequest: Sendable {
    package let level: PermissionLevel?
    /// Whether to request access to mailboxes that others share with the owner.
    package let withShared: Bool?
    /// In seconds.
    package let lifetime: TimeInterval?
    package let returnURL: String?

    package init(_ body: ParsedBody, tenant: Identity) throws(APIError) {
        var fields = Fields(body)
        level = fields.choice("permission_level", or: "permissionLevel")
        withShared = fields.boolean("shared_mailboxes", or: "sharedMailboxes")
        lifetime = fields.integer("expires_in", or: "expiresIn", in: Settings.consentLifetimeBounds)
            .map(TimeInterval.init)
        returnURL = ConsentRequest.returnURL(in: &fields, allowed: tenant.returnURLs)
        try fields.validated()
    }
}

extension Reconnect {
    /// The mailbox of a link with which its owner consents again.
    package struct Target: Sendable {
        let mailboxID: Int64
        let address: String
        /// The campaign to reconnect; nil for the one that uses the mailbox, if any.
        let campaignID: Int64?
    }
}

extension Reconnect.Target {
    package init(_ mailbox: Mailbox) {
        self.init(mailboxID: mailbox.id, address: mailbox.address, campaignID: nil)
    }

    package init(_ campaign: Campaign) {
        self.init(mailboxID: campaign.mailboxID, address: campaign.mailboxAddress, campaignID: campaign.id)
    }

    /// The link's content as SQL: the campaign's settings and names. Without a campaign, the names, owner, tags and meta
    /// that the partner gave with the last consent.
    static var content: ConsentTable.Content {
        let standard = CampaignSettings.standard
        return .init(
            person: """
                coalesce(c.email, m.address), m.address_key, coalesce(c.first_name, s.first_name, ''),
                    coalesce(c.last_name, s.last_name, ''),
                    CASE WHEN c.campaign_id IS NULL THEN s.owner_email ELSE c.owner_email END
                """,
            settings: """
                coalesce(c.email_per_day, \(standard.emailPerDay)), coalesce(c.response_rate, \(standard.responseRate)),
                    coalesce(c.with_rampup, \(standard.withRampup)), coalesce(c.rampup_speed, \(standard.rampupSpeed)),
                    coalesce(c.timezone, \(standard.timezone)),
                    CASE WHEN c.campaign_id IS NULL THEN \(standard.sendingSchedule.preset) ELSE c.sending_schedule END,
                    CASE WHEN c.campaign_id IS NULL THEN \(standard.sendingSchedule.ownWindows) ELSE c.sending_windows END,
                    coalesce(c.warmup_audience_type, \(standard.audience))
                """,
            labels: """
                coalesce(c.tags, s.tags, '{}'), CASE WHEN c.campaign_id IS NULL THEN s.meta ELSE c.meta END
                """)
    }

    /// The FROM and WHERE clauses for ``content``.
    func source(of tenant: Int64) -> SQL {
        """
        FROM mailboxes m
        LEFT JOIN campaigns c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id AND c.status <> 'deleted'
        LEFT JOIN LATERAL (
            SELECT first_name, last_name, owner_email, tags, meta FROM consents
            WHERE tenant_id = m.tenant_id AND email_key = m.address_key AND mailbox_id = m.mailbox_id
                AND status = 'completed'
            ORDER BY consent_id DESC LIMIT 1) s ON true
        WHERE m.tenant_id = \(tenant) AND m.mailbox_id = \(mailboxID) AND m.deleted_at IS NULL
            AND (\(campaignID)::bigint IS NULL OR c.campaign_id = \(campaignID))
        """
    }
}

/// `POST /mailboxes/{id}/reconnect`: creates a link with which the owner of a mailbox consents again.
struct ReconnectRoutes {
    let dependencies: Dependencies

    init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
    }

    func create(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try context.identity.require(.msGraph)
        let mailbox = try await MailboxStore(database: dependencies.database).find(
            try context.mailboxID(), of: context.tenantID)
        let body = try await ParsedBody.read(request, context: context)
        let wanted = try ReconnectRequest(body, tenant: context.identity)
        return try await write.once(body) { call in
            let consent = try await Reconnect(dependencies).consent(
                for: .init(mailbox), wanted, identity: context.identity)
            return try await dependencies.database.transaction { transaction in
                guard let stored = try transaction.query(consent.insertion).first else {
                    throw APIError.mailboxNotFound
                }
                let hasEndpoint: Bool = try stored["has_endpoint"]
                let answer = Envelope.prepared(
                    code: "CONSENT_URL_CREATED",
                    message: "Send the mailbox's owner to data.url. Nothing changes until the owner has consented.",
                    warnings: hasEndpoint ? [] : ["NO_WEBHOOK_ENDPOINT"]
                ) { consent.write(to: &$0) }
                return try call.record(answer, in: &transaction)
            }
        }
    }
}

/// `PATCH /campaigns/{id}` with an empty body, as in Mailivery's API: creates a link with which the campaign's owner
/// connects the same mailbox again.
package struct ReconnectCampaign: Sendable {
    let dependencies: Dependencies

    package init(dependencies: Dependencies) {
        self.dependencies = dependencies
    }

    package func answer(_ campaign: Campaign, for identity: Identity, call: IdempotentCall) async throws
        -> RecordedAnswer
    {
        let consent = try await Reconnect(dependencies).consent(for: .init(campaign), identity: identity)
        return try await dependencies.database.transaction { transaction in
            guard let row = try transaction.query(consent.insertion).first else { throw APIError.campaignNotFound }
            let hasEndpoint: Bool = try row["has_endpoint"]
            let answer = Envelope.prepared(
                code: "RECONNECT_URL_CREATED",
                message:
                    "Send the mailbox owner to data.reconnectUrl. The tokens are replaced when the owner has consented.",
                warnings: hasEndpoint ? [] : ["NO_WEBHOOK_ENDPOINT"], headers: [.eTag: campaign.settingsTag.text]
            ) {
                campaign.write(to: &$0) { json in
                    json.array("updatedFields") { _ in }
                    json.member("reconnectUrl", consent.url)
                    json.member("url", consent.url)
                    json.member("reconnect_consent_id", consent.id)
                    json.member("expires_at", RFC3339.format(consent.expiresAt))
                }
            }
            return try call.record(answer, in: &transaction)
        }
    }
}
