/// What can happen to a campaign. The raw names are stored in its history.
package enum CampaignCommand: String, Sendable, CaseIterable {
    case start
    case resume
    case pause
    case delete
    /// A new `ms-graph` link for its mailbox was completed.
    case consent
    /// A reconnect link of this campaign was completed.
    case reconnect
    /// Microsoft refuses the grant for good.
    case fault

    /// Start and resume ask Microsoft before they move the campaign.
    package var checksConnection: Bool { self == .start || self == .resume }
}
