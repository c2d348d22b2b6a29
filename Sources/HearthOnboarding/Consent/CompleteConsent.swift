import Foundation
import HearthCampaigns
import HearthCore
import HearthMailboxes
import HearthMicrosoft
import HearthRules
import Postgres

/// Completes a proven consent: stores mailbox, sealed tokens, campaign, history and events in one commit.
struct CompleteConsent: Sendable {
    let database: Database
    let ids: IDSource
    let keyRing: KeyRing
    let schedule: GrantSchedule
    let now: @Sendable () -> Date
    let reached: @Sendable (Checkpoint) -> Void
    let recorder: AuditRecorder
    let dependents: [any ConnectionDependent]

    /// Ids that the commit may need, allocated before it begins.
    private struct NewIDs {
        let mailbox: Int64
        let grant: Int64
        let campaign: Int64
    }

    /// - Returns: the mailbox's id; nil if another attempt has settled the consent in the meantime.
    /// - Throws: `ConsentOutcome` if the consent cannot be completed, for example because it is for another mailbox.
    func settle(
        _ consent: Consent, lease: Int, proof: ConsentProof, by owner: Caller
    ) async throws -> Int64? {
        let new = NewIDs(mailbox: try await ids.next(), grant: try await ids.next(), campaign: try await ids.next())
        for _ in 0..<5 {
            do {
                return try await commit(consent, lease: lease, proof: proof, new: new, by: owner)
            } catch let error as ServerError where Self.isRace(error) {
                // A concurrent consent for the same mailbox has committed. Its rows are visible now, so try again.
                continue
            }
        }
        throw ConsentOutcome.failed(.temporaryFault)
    }

    private static func isRace(_ error: ServerError) -> Bool {
        ["one_mailbox_per_identity", "one_live_campaign_per_mailbox", "one_live_grant_per_mailbox"].contains(
            error.constraint)
    }

    private func commit(
        _ consent: Consent, lease: Int, proof: ConsentProof, new: NewIDs, by caller: Caller
    ) async throws -> Int64? {
        let now = now()
        let access = try seal(proof.tokens.accessToken, tenant: consent.tenantID, grant: new.grant, as: .accessToken)
        let refresh = try seal(proof.refreshToken, tenant: consent.tenantID, grant: new.grant, as: .refreshToken)
        return try await database.transaction { [reached, recorder, dependents] transaction in
            let found = try ConsentLock.take(
                consent, lease: lease, proof: proof, with: dependents, in: &transaction)
            guard let found else { return nil }
            let mailbox = found.mailboxID ?? new.mailbox
            let command: CampaignCommand = consent.kind == .connect ? .consent : .reconnect
            let move = try Self.move(of: found.campaign, by: command, alone: consent.isStandalone)
            let writer = MailboxWriter(
                consent: consent, proof: proof, mailboxID: mailbox, former: found.previousGrant, at: now)
            writer.write(
                isNew: found.mailboxID == nil,
                standalone: consent.kind == .mailbox || (consent.isStandalone && found.campaign == nil),
                grant: new.grant, access: access, refresh: refresh,
                dueAt: schedule.next(move.use, after: now, random: 0), to: &transaction)

            let campaignID: Int64?
            if let campaign = found.campaign {
                campaignID = campaign.id
                Self.keepExternalID(of: consent, for: campaign, in: &transaction)
                CampaignTransition(
                    campaign: campaign.with(
                        address: proof.profile.address, externalID: campaign.externalID ?? consent.externalID),
                    command: command, to: move.status,
                    event: move.event, caller: caller, consentID: consent.id, at: now
                ).write(to: &transaction)
            } else if consent.isStandalone {
                campaignID = nil
            } else {
                campaignID = new.campaign
                NewCampaign(consent: consent, proof: proof, campaignID: new.campaign, mailboxID: mailbox, at: now)
                    .write(caller: caller, settings: found.settings, to: &transaction)
            }
            Self.end(
                consent, campaign: campaignID, mailbox: mailbox, externalID: found.campaign?.externalID, at: now,
                in: &transaction)
            try ReconnectionEvents(consent: consent, found: found, proof: proof, scopes: writer.scopes)
                .write(mailbox, campaign: campaignID, at: now, in: &transaction)
            let subject = campaignID.map { "campaign:\($0)" } ?? "mailbox:\(mailbox)"
            try caller.note(
                "consent.completed", subject, outcome: campaignID == nil ? nil : move.status.rawValue, recorder,
                at: now,
                in: &transaction)
            reached(.consentBeforeCommit)
            return mailbox
        }
    }

    /// Returns the campaign's new status and event, and how the new grant will be used.
    private static func move(
        of campaign: Campaign?, by command: CampaignCommand, alone: Bool
    ) throws -> (status: CampaignStatus, event: CampaignEvent, use: GrantSchedule.Use) {
        guard let campaign else { return (.pending, .pending, alone ? .idle : .unstarted) }
        guard case .move(let status, let event) = try CampaignMachine(campaign.status).decide(command) else {
            throw ConsentOutcome.failed(.campaignDeleted)
        }
        let use: GrantSchedule.Use =
            switch status {
            case .active: .active
            case .paused: .idle
            case .pending, .deleted: .unstarted
            }
        return (status, event, use)
    }

    /// Completes the consent and its invitation, and revokes earlier links for the same address and purpose.
    private static func end(
        _ consent: Consent, campaign: Int64?, mailbox: Int64, externalID: String?, at now: Date,
        in transaction: inout Transaction
    ) {
        transaction.write(ConsentTable.complete(consent, mailbox: mailbox, campaign: campaign, at: now))
        transaction.write(ConsentTable.revoke(.earlier(than: consent), of: consent.tenantID, at: now))
        InvitationOutcome(of: consent, at: now).complete(mailbox: mailbox, campaign: campaign, in: &transaction)
        Outbox.append(
            OutboxEvent(
                consent: consent, event: "completed", code: nil, campaignID: campaign, mailboxID: mailbox,
                externalID: externalID, at: now),
            tenant: consent.tenantID, in: &transaction)
    }

    /// Copies the external id of an import's link to the campaign, which can then be found by it. Keeps an existing one.
    private static func keepExternalID(of consent: Consent, for campaign: Campaign, in transaction: inout Transaction) {
        guard campaign.externalID == nil, let externalID = consent.externalID else { return }
        transaction.write(CampaignTable.setExternalID(externalID, of: campaign.id, tenant: consent.tenantID))
    }

    private func seal(_ token: String, tenant: Int64, grant: Int64, as purpose: KeyRing.Purpose) throws -> [UInt8] {
        try keyRing.seal(Array(token.utf8), for: .init(tenant: tenant, row: grant, purpose: purpose))
    }
}

extension Campaign {
    fileprivate func with(address: String, externalID: String?) -> Campaign {
        var campaign = self
        campaign.mailboxAddress = address
        campaign.externalID = externalID
        return campaign
    }
}
