/// Where a campaign stands. The raw names are stored and sent.
package enum CampaignStatus: String, Sendable, CaseIterable {
    /// Created by a completed consent and waiting for its partner. Sends nothing and costs nothing.
    case pending
    /// Started by the partner.
    case active
    /// Stopped by the partner, or by a permanent fault of its connection.
    case paused
    /// Gone for its partner; the row stays until it is purged.
    case deleted
}
