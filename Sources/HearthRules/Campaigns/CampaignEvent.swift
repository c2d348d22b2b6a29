/// A campaign event for partners; the `type` of its webhook is `campaign.` plus the raw name.
package enum CampaignEvent: String, Sendable, CaseIterable {
    case pending
    case created
    case updated
    case deleted
    case started
    case paused
    case resumed
    /// The campaign has been pending for a day.
    case stalled
    case connectionProblem = "connection_problem"

    package var type: String { "campaign.\(rawValue)" }
}
