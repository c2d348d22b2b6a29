import Foundation
import HearthCore
import HearthMailboxes
import HearthOnboarding
import HearthRules
import HearthWeb

/// Imports the campaigns of a Mailivery-style account: creates a link for each, with its settings, tags and old id, which
/// its owner has to follow.
///
/// Each campaign is committed separately, so the next run continues an interrupted one, and a run that finds nothing new
/// changes nothing. Nothing is changed at the source.
struct MailiveryImport<Links: LinkDependencies> {
    let source: SourceAPI
    let store: ImportStore
    let identity: Identity
    let links: Links
    let isDryRun: Bool
    let progress: @Sendable (ImportProgress) -> Void

    func run() async throws -> (items: [ImportItem], unreadable: Int) {
        let (campaigns, unreadable) = try await source.campaigns()
        var items: [ImportItem] = []
        // Of two campaigns with the same address, the one in use comes first, so the other becomes its duplicate.
        for campaign in campaigns.sorted(by: { $0.rank < $1.rank }) {
            items.append(try await take(campaign))
            progress(ImportProgress(done: items.count, total: campaigns.count, counts: Self.count(items)))
        }
        return (items, unreadable)
    }

    static func count(_ items: [ImportItem]) -> [ImportItem.Outcome: Int] {
        items.reduce(into: [:]) { $0[$1.outcome, default: 0] += 1 }
    }

    private func take(_ listed: SourceCampaign) async throws -> ImportItem {
        if let obstacle = listed.obstacle { return ImportItem(listed, .skipped, problem: obstacle) }
        let found = try await find(listed)
        if let item = try item(listed, found) { return item }
        do {
            return try await connect(listed.isWhole ? listed : try await source.campaign(listed.id))
        } catch let fault as SourceFault where !fault.isFatal {
            return ImportItem(listed, .failed, problem: fault.description)
        }
    }

    private func connect(_ campaign: SourceCampaign) async throws -> ImportItem {
        if let obstacle = campaign.obstacle { return ImportItem(campaign, .skipped, problem: obstacle) }
        let wanted: ConsentRequest
        let warnings: [String]
        do {
            (wanted, warnings) = try campaign.request(for: identity)
        } catch {
            let words = error.errors.map { "\($0.field) \($0.message)" }.joined(separator: "; ")
            return ImportItem(campaign, .skipped, problem: words)
        }
        let link = isDryRun ? nil : try await NewConsent(wanted, externalID: campaign.id, for: identity, links)
        if let item = try item(campaign, try await find(campaign, storing: link)) { return item }
        var item = ImportItem(campaign, .created)
        item.consentID = link?.id
        item.url = link?.url
        item.expiresAt = link?.expiresAt
        item.warnings = warnings
        return item
    }

    private func find(_ campaign: SourceCampaign, storing link: NewConsent? = nil) async throws -> ImportStore.Finding {
        try await store.find(
            campaign.id, email: campaign.email.flatMap { try? EmailAddress($0) }, storing: link, isDryRun: isDryRun,
            at: links.now())
    }

    /// Returns nil if nothing was found.
    private func item(_ campaign: SourceCampaign, _ finding: ImportStore.Finding) throws -> ImportItem? {
        switch finding {
        case .campaign(let id):
            var item = ImportItem(campaign, .connected)
            item.campaignID = id
            return item
        case .link(let consent):
            var item = ImportItem(campaign, .open)
            item.consentID = consent.id
            item.url = try url(of: consent)
            item.expiresAt = consent.expiresAt
            return item
        case .deletedCampaign: return ImportItem(campaign, .skipped, problem: "its campaign was deleted here")
        case .revokedLink: return ImportItem(campaign, .skipped, problem: "its link was revoked here")
        case .duplicate(let other):
            return ImportItem(campaign, .skipped, problem: "campaign \(other) has the same mailbox")
        case .nothing: return nil
        }
    }

    /// The URL of a link from an earlier run.
    private func url(of consent: Consent) throws -> String {
        let microsoft = links.settings.microsoft
        let link = try ConsentStore(database: store.database, keyRing: links.keyRing).link(of: consent)
        return AuthorizeURL(endpoints: microsoft, clientID: consent.applicationClientID ?? microsoft.clientID)
            .text(for: link, level: consent.level, withShared: consent.includesShared, loginHint: consent.email)
    }
}
