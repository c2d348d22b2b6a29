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
        case move(to: CampaignStatus, telling: CampaignEvent)
        /// The campaign is already in the state that the command leads to.
        case nothing
        /// No transition; the campaign keeps the connection's fault until it is resolved.
        case noteFault
    }

    /// A command that is not allowed in this status.
    package struct Refusal: Error, Sendable, Equatable {
        package let status: CampaignStatus
        package let command: CampaignCommand
    }

    /// Returns what `command` does to a campaign in this status.
    package func decide(_ command: CampaignCommand) throws(Refusal) -> Decision {
        switch (status, command) {
        case (.pending, .start), (.pending, .resume): .move(to: .active, telling: .started)
        case (.pending, .consent): .move(to: .pending, telling: .pending)
        case (.pending, .reconnect): .move(to: .pending, telling: .updated)
        case (.pending, .fault): .noteFault
        case (.pending, .delete): .move(to: .deleted, telling: .deleted)
        case (.pending, .pause): throw Refusal(status: status, command: command)

        case (.active, .start), (.active, .resume): .nothing
        case (.active, .pause): .move(to: .paused, telling: .paused)
        case (.active, .consent): .move(to: .active, telling: .updated)
        case (.active, .reconnect): .move(to: .active, telling: .updated)
        case (.active, .fault): .move(to: .paused, telling: .connectionProblem)
        case (.active, .delete): .move(to: .deleted, telling: .deleted)

        case (.paused, .start), (.paused, .resume): .move(to: .active, telling: .resumed)
        case (.paused, .pause): .nothing
        case (.paused, .consent): .move(to: .pending, telling: .pending)
        case (.paused, .reconnect): .move(to: .paused, telling: .updated)
        case (.paused, .fault): .noteFault
        case (.paused, .delete): .move(to: .deleted, telling: .deleted)

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
