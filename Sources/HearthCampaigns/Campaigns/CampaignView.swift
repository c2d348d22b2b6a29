package import Postgres

/// A campaign as read for a list or a page: alone, or with data of its mailbox.
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
