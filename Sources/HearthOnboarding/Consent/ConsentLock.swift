import Foundation
import HearthCampaigns
import HearthCore
import HearthMailboxes
import HearthMicrosoft
import HearthRules
import Postgres

/// The rows that a completion locks: the claimed consent, the mailbox of the proven identity, and its live campaign.
struct ConsentLock {
    let mailboxID: Int64?
    /// The mailbox's previous grant; nil if there is none or it does not work.
    let previousGrant: PreviousGrant?
    let campaign: Campaign?
    /// Whether the partner has been told that the mailbox does not work.
    let wasLost: Bool
    /// The rows that depend on the mailbox's connection, before the completion.
    let dependents: LockedDependents
    /// The settings for a new campaign, as requested with the consent.
    let settings: CampaignSettings

    /// Locks and reads the rows in one round trip.
    ///
    /// - Returns: nil if the lease is lost.
    /// - Throws: `ConsentOutcome` if the identity is not the expected one, or the campaign has been deleted.
    static func take(
        _ consent: Consent, lease: Int, proof: ConsentProof, with dependents: [any ConnectionDependent],
        in transaction: inout Transaction
    ) throws -> ConsentLock? {
        let tenant = consent.tenantID
        let rows = try transaction.query(
            all: [
                // Also locks the links that the completion revokes, in id order, so that two completions for one address do not
                // deadlock.
                """
                SELECT consent_id, status = 'redeeming' AND lease_no = \(lease) AS is_held, email_per_day, response_rate,
                    with_rampup, rampup_speed, timezone, sending_schedule, sending_windows, warmup_audience_type
                FROM consents
                WHERE tenant_id = \(tenant) AND (consent_id = \(consent.id) OR \(ConsentTable.earlierLinks(than: consent)))
                ORDER BY consent_id FOR UPDATE
                """,
                """
                SELECT m.mailbox_id, m.tid = \(proof.tid) AND m.oid = \(proof.oid) AS is_same,
                    m.grant_id IS NOT NULL AS is_in_use, m.problem IS NOT NULL OR m.disconnected_at IS NOT NULL AS was_lost,
                    g.level, g.scopes
                FROM mailboxes m LEFT JOIN grants g ON g.tenant_id = m.tenant_id AND g.grant_id = m.grant_id
                    AND g.state = 'live' AND g.problem IS NULL
                WHERE m.tenant_id = \(tenant)
                    AND ((m.tid = \(proof.tid) AND m.oid = \(proof.oid)) OR m.address_key = \(consent.emailKey))
                ORDER BY m.mailbox_id FOR UPDATE OF m
                """,
                """
                SELECT \(unescaped: Campaign.columns), m.tid = \(proof.tid) AND m.oid = \(proof.oid) AS is_same
                FROM campaigns c JOIN mailboxes m ON m.tenant_id = c.tenant_id AND m.mailbox_id = c.mailbox_id
                WHERE c.tenant_id = \(tenant) AND c.status <> 'deleted'
                    AND ((m.tid = \(proof.tid) AND m.oid = \(proof.oid)) OR c.campaign_id = \(consent.reconnects))
                ORDER BY c.campaign_id FOR UPDATE OF c
                """,
            ]
                + LockedDependents.locks(
                    dependents,
                    on:
                        "(SELECT mailbox_id FROM mailboxes WHERE tenant_id = \(tenant) AND tid = \(proof.tid) AND oid = \(proof.oid))",
                    of: tenant))
        guard let wanted = try rows[0].first(where: { try $0["consent_id"] == consent.id }), try wanted["is_held"]
        else {
            return nil
        }
        let same = try rows[1].first { try $0["is_same"] }
        // An address is not an identity: while one account of the tenant is connected with it, no other may take it over.
        // A reconnect is for one identity and takes nothing over; any other identity is a mismatch.
        if consent.kind != .reconnect, try rows[1].contains(where: { try $0["is_in_use"] && !$0["is_same"] }) {
            throw ConsentOutcome.failed(.addressHeld)
        }
        let mailbox: Int64? = try same.map { try $0["mailbox_id"] }
        let campaign = try campaign(of: consent, among: rows[2])
        guard consent.kind != .reconnect || mailbox == consent.mailboxID else { throw ConsentOutcome.mismatched }
        return ConsentLock(
            mailboxID: mailbox, previousGrant: try same.flatMap(PreviousGrant.init), campaign: campaign,
            wasLost: try same.map { try $0["was_lost"] } ?? false,
            dependents: LockedDependents(dependents, rows.dropFirst(3)),
            settings: try CampaignSettings(row: wanted))
    }

    private static func campaign(of consent: Consent, among rows: Rows) throws -> Campaign? {
        guard let reconnects = consent.reconnects else {
            return try rows.first { try $0["is_same"] }.map(Campaign.init)
        }
        guard let row = try rows.first(where: { try $0["campaign_id"] == reconnects }) else {
            throw ConsentOutcome.failed(.campaignDeleted)
        }
        return try Campaign(row: row)
    }
}

/// The permissions of a grant that is about to be replaced.
struct PreviousGrant: Sendable {
    let level: PermissionLevel
    let scopes: [String]

    init?(row: Row) throws {
        let level: PermissionLevel? = try row[nullable: "level"]
        guard let level else { return nil }
        self.level = level
        scopes = try row["scopes"]
    }
}

/// Announces that an existing mailbox works again after a new consent, in addition to the events of the consent and the
/// campaign, and informs what depends on the mailbox.
struct ReconnectionEvents {
    let consent: Consent
    let found: ConsentLock
    let proof: ConsentProof
    /// The scopes of the new grant.
    let scopes: GrantedScopes

    /// - Parameter campaign: the campaign that uses the mailbox now.
    func write(_ mailbox: Int64, campaign: Int64?, at now: Date, in transaction: inout Transaction) throws {
        // Without a campaign whose event announces the reconnect, the mailbox's event does.
        let isReconnectAlone = consent.kind == .reconnect && found.campaign == nil
        if found.wasLost || isReconnectAlone {
            var partnerData = found.campaign.map(PartnerData.init) ?? PartnerData(consent)
            partnerData.campaignID = campaign
            Outbox.append(
                OutboxEvent(
                    .reconnected, of: mailbox, address: proof.profile.address, problem: nil,
                    partnerData: partnerData, at: now),
                tenant: consent.tenantID, in: &transaction)
        }
        try found.dependents.restored(
            RestoredConnection(
                tenantID: consent.tenantID, mailboxID: mailbox, cause: .consent, scopes: scopes, now: now),
            in: &transaction)
    }
}
