import Foundation
import HearthCampaigns
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird

/// `/console/campaigns`: the campaigns with their status, and buttons for the allowed commands.
struct CampaignListPage: Sendable {
    let campaigns: CampaignStore
    let now: @Sendable () -> Date

    func show(_ visit: ConsoleVisit) async throws -> Response {
        var filter = CampaignFilter()
        filter.status = visit.query("status").flatMap(CampaignStatus.init)
        filter.addressPart = visit.query("email")
        filter.tag = visit.query("tag")
        let before = visit.query("before").flatMap { Int64($0) }
        let page = try await campaigns.list(
            filter, page: PageRequest(newestOf: .campaigns, before: before), of: visit.tenantID,
            as: CampaignOverview.self)
        let here = { (before: Int64?) in
            "/console/campaigns"
                + QueryText.of([
                    ("status", filter.status?.rawValue), ("email", filter.addressPart), ("tag", filter.tag),
                    ("before", before.map(String.init)),
                ])
        }
        var content: [String: Any] = [
            "mayConnect": visit.may(.campaignsWrite),
            "statuses": FilterChoice.list(
                CampaignStatus.allCases.filter { $0 != .deleted }.map { ($0.rawValue, $0.badge.label) },
                chosen: filter.status?.rawValue),
            "email": filter.addressPart ?? "", "tag": filter.tag ?? "", "isFiltered": !filter.isEmpty,
            "live": here(before), "here": here(before), "hasRows": !page.elements.isEmpty,
            "rows": page.elements.map { row($0, for: visit) },
        ]
        content["older"] = page.next.map { here($0.key) }
        content["done"] = visit.doneWords
        return try visit.show(.campaigns, title: "Campaigns", content)
    }

    private func row(_ overview: CampaignOverview, for visit: ConsoleVisit) -> [String: Any] {
        let campaign = overview.campaign
        let buttons = visit.may(.campaignsWrite) ? campaign.status.buttons : []
        var row: [String: Any] = [
            "id": campaign.id, "address": campaign.mailboxAddress, "tags": campaign.tags,
            "hasTags": !campaign.tags.isEmpty, "status": campaign.status.badge.content,
            "connection": overview.health(at: now()).badge.content, "perDay": campaign.settings.emailPerDay,
            "actions": buttons.map { ["command": $0.rawValue, "label": $0.label] },
        ]
        if !campaign.name.isEmpty { row["name"] = campaign.name }
        return row
    }
}
