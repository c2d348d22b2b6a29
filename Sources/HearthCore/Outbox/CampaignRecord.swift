package import HearthRules

/// The history row of a campaign's move. The position of its event is added when the event is written.
package struct CampaignRecord {
    package let campaignID: Int64
    package let version: Int
    package let from: String
    package let command: CampaignCommand
    package let to: CampaignStatus
    let caller: Caller
    package var reason: String?

    package init(
        campaignID: Int64, version: Int, from: String, command: CampaignCommand, to: CampaignStatus, caller: Caller,
        reason: String? = nil
    ) {
        self.campaignID = campaignID
        self.version = version
        self.from = from
        self.command = command
        self.to = to
        self.caller = caller
        self.reason = reason
    }
}
