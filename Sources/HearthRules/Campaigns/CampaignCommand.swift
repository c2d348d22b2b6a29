/// An input of the campaign state machine. The raw names are stored in the campaign's history.
package enum CampaignCommand: String, Sendable, CaseIterable {
    case start
    case resume
    case pause
    case delete
    /// A new `ms-graph` link for its mailbox was completed.
    case consent
    /// A reconnect link of this campaign was completed.
    case reconnect
    /// Microsoft refuses the grant permanently.
    case fault

    /// Whether the command checks the connection with Microsoft before it moves the campaign.
    package var checksConnection: Bool { self == .start || self == .resume }
}
