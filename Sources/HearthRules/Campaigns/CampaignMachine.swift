/// The campaign state machine: which command does what, from where.
///
/// The database keeps the same table in `campaign_transitions` and refuses every other move; a test compares the two.
package struct CampaignMachine: Sendable, Equatable {
    package private(set) var status: CampaignStatus

    package init(_ status: CampaignStatus) {
        self.status = status
    }

    package enum Decision: Sendable, Equatable {
        /// A version, a history row and an event, in one commit. The status may be the same: a grant was replaced.
        case move(to: CampaignStatus, telling: CampaignEvent)
        /// The campaign is already where the command leads.
        case nothing
        /// No transition; the campaign carries the connection's fault until it is cured.
        case noteFault
    }

    /// Why a command is impossible now.
    package struct Refusal: Error, Sendable, Equatable {
        package let status: CampaignStatus
        package let command: CampaignCommand
    }

    /// What `command` does to a campaign in this status.
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

    /// Decides and goes there.
    package mutating func apply(_ command: CampaignCommand) throws(Refusal) -> Decision {
        let decision = try decide(command)
        if case .move(let next, _) = decision { status = next }
        return decision
    }

    /// The commands of a partner that would do something now, in the order in which they are shown.
    package var allowedActions: [CampaignCommand] {
        [.start, .resume, .pause, .delete].filter { command in
            if case .move = try? decide(command) { true } else { false }
        }
    }
}
