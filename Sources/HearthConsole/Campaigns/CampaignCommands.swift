import HearthCampaigns
import HearthRules
import HearthWeb
import Hummingbird
import StrictJSON

/// The buttons of a campaign. A refusal is shown on the campaign's page.
struct CampaignCommands: Sendable {
    let commands: CommandCampaign
    let page: CampaignPage

    func run(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        guard let id = visit.id else { throw APIError.campaignNotFound }
        guard let command = visit.path.get("command").flatMap(CampaignCommand.init), let done = Notice(command) else {
            throw APIError.notFound
        }
        do {
            try await commands.run(command, on: id, by: visit.caller) { _, _ in }
        } catch let refusal as APIError where refusal.code != APIError.campaignNotFound.code {
            return try await page.show(visit, refusal: refusal)
        }
        let next = body.object["next"]?.asString.flatMap { QueryText.isOfConsole($0) ? $0 : nil }
        let back = next ?? (command == .delete ? "/console/campaigns" : "/console/campaigns/\(id)")
        return visit.go(to: back, saying: done)
    }
}
