/// When a partner is told that it has left a campaign pending.
package enum CampaignStall {
    /// In seconds, since the campaign became pending.
    package static let patience: Double = 86_400
}
