/// When a campaign that stays pending counts as stalled.
package enum CampaignStall {
    /// Seconds since the campaign became pending.
    package static let patience: Double = 86_400
}
