import Foundation
import HTTPTypes
import HearthCampaigns
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
import Hummingbird

/// `/console/campaigns/{id}`: one campaign, its settings, its connection and its history.
struct CampaignPage: Sendable {
    let campaigns: CampaignStore
    let history: CampaignHistory
    let now: @Sendable () -> Date

    private static let historyLength = 100

    func show(_ visit: ConsoleVisit) async throws -> Response { try await show(visit, refusal: nil) }

    /// - Parameter refusal: why a command was refused; nil if the page was only opened.
    func show(_ visit: ConsoleVisit, refusal: APIError?) async throws -> Response {
        guard let id = visit.id else { throw APIError.campaignNotFound }
        let overview = try await campaigns.find(id, of: visit.tenantID, as: CampaignOverview.self)
        let moves = PageRequest(of: .history, order: .newestFirst, after: nil, limit: Self.historyLength)
        let history = try await history.list(of: id, page: moves, tenant: visit.tenantID).elements
        let campaign = overview.campaign
        let mayWrite = visit.may(.campaignsWrite)
        let buttons = mayWrite ? campaign.status.buttons : []
        var content: [String: Any] = [
            "id": id, "mailboxID": campaign.mailboxID, "live": "/console/campaigns/\(id)",
            "address": campaign.mailboxAddress,
            "status": campaign.status.badge.content, "connection": overview.health(at: now()).badge.content,
            "hasActions": !buttons.isEmpty,
            "actions": buttons.enumerated().map { index, command in
                ["command": command.rawValue, "label": command.label, "isFirst": index == 0] as [String: Any]
            },
            "settings": Self.settings(campaign), "facts": Self.facts(overview),
            "history": history.map(Self.entry), "mayDelete": mayWrite && campaign.status.mayDelete,
        ]
        if let problem = overview.problem {
            content["connectionWords"] = problem.words
            content["connectionCode"] = problem.rawValue
        }
        content["problem"] = refusal?.message
        content["problemCode"] = refusal?.code
        content["done"] = refusal == nil ? visit.doneWords : nil
        return try visit.show(
            .campaign, title: campaign.mailboxAddress, content, status: refusal?.status ?? .ok)
    }

    private static func settings(_ campaign: Campaign) -> [[String: Any]] {
        let settings = campaign.settings
        return pairs([
            ("E-mails a day", String(settings.emailPerDay)), ("Response rate", "\(settings.responseRate) %"),
            ("Ramp-up", settings.withRampup ? settings.rampupSpeed.rawValue : "off"),
            ("Schedule", settings.sendingSchedule.label), ("Time zone", settings.timezone),
            ("Audience", settings.audience.rawValue), ("Tags", campaign.tags.joined(separator: ", ")),
        ])
    }

    private static func facts(_ overview: CampaignOverview) -> [[String: Any]] {
        let campaign = overview.campaign
        return pairs([
            ("Requested address", campaign.email), ("Mailbox", campaign.mailboxAddress),
            ("Account", overview.accountType == .personal ? "personal" : "organisation"),
            ("Name", campaign.name), ("Owner", campaign.ownerEmail ?? ""),
            ("Permissions", overview.scopes.joined(separator: ", ")),
            ("Connected", ConsoleTime.text(overview.connectedAt)),
            ("Last success", ConsoleTime.text(overview.lastSuccess, otherwise: "none yet")),
            ("Campaign id", String(campaign.id)), ("Version", String(campaign.version)),
        ])
    }

    private static func pairs(_ all: [(String, String)]) -> [[String: Any]] {
        all.filter { !$0.1.isEmpty }.map { ["name": $0.0, "value": $0.1] }
    }

    private static func entry(_ entry: CampaignHistoryEntry) -> [String: Any] {
        var content: [String: Any] = [
            "at": RFC3339.format(entry.occurredAt), "time": ConsoleTime.text(entry.occurredAt),
            "words": HistoryWords.text(for: entry.command, from: entry.from), "change": "now \(entry.to.rawValue)",
            "actor": HistoryWords.text(forActor: entry.actor),
        ]
        content["reason"] = entry.reason
        return content
    }
}
