/// The campaign state machine.
///
/// The database has the same table in `campaign_transitions` and rejects every other transition; a test compares the two.
package struct CampaignMachine: Sendable, Equatable {
    package private(set) var status: CampaignStatus

    package init(_ status: CampaignStatus) {
        self.status = status
    }

    package enum Decision: Sendable, Equatable {
        /// A new version, a history row and an event, in one commit. The status may stay the same, such as when a grant is
        /// replaced.
        case move(to: CampaignStatus, event: CampaignEvent)
        /// The campaign is already in the state that the command leads to.
        case nothing
        /// No transition; the campaign keeps the connection's fault until it is resolved.
        case recordFault
    }

    /// A command that is not allowed in this status.
    package struct Refusal: Error, Sendable, Equatable {
        package let status: CampaignStatus
        package let command: CampaignCommand
    }

    /// Returns what `command` does to a campaign in this status.
    package func decide(_ command: CampaignCommand) throws(Refusal) -> Decision {
        switch (status, command) {
        case (.pending, .start), (.pending, .resume): .move(to: .active, event: .started)
        case (.pending, .consent): .move(to: .pending, event: .pending)
        case (.pending, .reconnect): .move(to: .pending, event: .updated)
        case (.pending, .fault): .recordFault
        case (.pending, .delete): .move(to: .deleted, event: .deleted)
        case (.pending, .pause): throw Refusal(status: status, command: command)

        case (.active, .start), (.active, .resume): .nothing
        case (.active, .pause): .move(to: .paused, event: .paused)
        case (.active, .consent): .move(to: .active, event: .updated)
        case (.active, .reconnect): .move(to: .active, event: .updated)
        case (.active, .fault): .move(to: .paused, event: .connectionProblem)
        case (.active, .delete): .move(to: .deleted, event: .deleted)

        case (.paused, .start), (.paused, .resume): .move(to: .active, event: .resumed)
        case (.paused, .pause): .nothing
        case (.paused, .consent): .move(to: .pending, event: .pending)
        case (.paused, .reconnect): .move(to: .paused, event: .updated)
        case (.paused, .fault): .recordFault
        case (.paused, .delete): .move(to: .deleted, event: .deleted)

        case (.deleted, .delete): .nothing
        case (.deleted, _): throw Refusal(status: status, command: command)
        }
    }

    /// Decides and moves to the new status.
    package mutating func apply(_ command: CampaignCommand) throws(Refusal) -> Decision {
        let decision = try decide(command)
        if case .move(let next, _) = decision { status = next }
        return decision
    }

    /// The partner's commands that would have an effect now, in display order.
    package var allowedActions: [CampaignCommand] {
        [.start, .resume, .pause, .delete].filter { command in
            if case .move = try? decide(command) { true } else { false }
        }
    }
}

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

/// When a campaign that stays pending counts as stalled.
package enum CampaignStall {
    /// Seconds since the campaign became pending.
    package static let patience: Double = 86_400
}
