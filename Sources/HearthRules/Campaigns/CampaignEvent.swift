/// What partners are told about a campaign: the `type` of a webhook is `campaign.` and the raw name.
package enum CampaignEvent: String, Sendable, CaseIterable {
    case pending
    case created
    case updated
    case deleted
    case started
    case paused
    case resumed
    /// Nobody has started it for a day.
    case stalled
    case connectionProblem = "connection_problem"

    package var type: String { "campaign.\(rawValue)" }
}
