package import Postgres

/// What a list or a page shows of a campaign: the campaign itself, or with facts of its mailbox.
package protocol CampaignView: Sendable {
    /// Includes ``Campaign/columns``.
    static var columns: String { get }
    /// The relations of `columns`, with campaigns as `c`.
    static var source: String { get }
    var campaign: Campaign { get }
    init(row: Row) throws
}

extension Campaign: CampaignView {
    package static var source: String { "campaigns c" }
    package var campaign: Campaign { self }
}
