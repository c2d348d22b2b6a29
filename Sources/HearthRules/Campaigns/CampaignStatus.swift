/// The status of a campaign. The raw names are stored and sent.
package enum CampaignStatus: String, Sendable, CaseIterable {
    /// Created by a completed consent and waiting to be started by its partner. Sends nothing and costs nothing.
    case pending
    /// Started by the partner.
    case active
    /// Stopped by the partner, or by a permanent connection fault.
    case paused
    /// Deleted for the partner; the row stays until it is purged.
    case deleted
}
