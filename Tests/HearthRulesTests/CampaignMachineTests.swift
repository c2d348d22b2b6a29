import HearthRules
import Testing

@Suite("The campaign state machine")
struct CampaignMachineTests {
    /// The transition table, written down independently: `.` no change, `!` fault recorded, `-` refused, else the new status.
    private static let table: [CampaignStatus: [CampaignCommand: String]] = [
        .pending: [
            .start: "active", .resume: "active", .pause: "-", .consent: "pending", .reconnect: "pending", .fault: "!",
            .delete: "deleted",
        ],
        .active: [
            .start: ".", .resume: ".", .pause: "paused", .consent: "active", .reconnect: "active", .fault: "paused",
            .delete: "deleted",
        ],
        .paused: [
            .start: "active", .resume: "active", .pause: ".", .consent: "pending", .reconnect: "paused", .fault: "!",
            .delete: "deleted",
        ],
        .deleted: [
            .start: "-", .resume: "-", .pause: "-", .consent: "-", .reconnect: "-", .fault: "-", .delete: ".",
        ],
    ]

    @Test(
        "every command from every status follows the table", arguments: CampaignStatus.allCases,
        CampaignCommand.allCases)
    func table(status: CampaignStatus, command: CampaignCommand) throws {
        let expected = try #require(Self.table[status]?[command])
        var machine = CampaignMachine(status)
        do {
            switch try machine.apply(command) {
            case .nothing: #expect(expected == ".")
            case .recordFault: #expect(expected == "!")
            case .move(let next, _): #expect(expected == next.rawValue && machine.status == next)
            }
        } catch {
            #expect(expected == "-")
            #expect(error.status == status && error.command == command && machine.status == status)
        }
    }

    @Test("the allowed actions are the partner's commands that would change the status")
    func allowedActions() {
        #expect(CampaignMachine(.pending).allowedActions == [.start, .resume, .delete])
        #expect(CampaignMachine(.active).allowedActions == [.pause, .delete])
        #expect(CampaignMachine(.paused).allowedActions == [.start, .resume, .delete])
        #expect(CampaignMachine(.deleted).allowedActions.isEmpty)
    }

    @Test("starting, resuming and a lost connection each have their own event")
    func events() throws {
        #expect(try CampaignMachine(.pending).decide(.resume) == .move(to: .active, event: .started))
        #expect(try CampaignMachine(.paused).decide(.start) == .move(to: .active, event: .resumed))
        #expect(try CampaignMachine(.active).decide(.fault) == .move(to: .paused, event: .connectionProblem))
        #expect(try CampaignMachine(.paused).decide(.consent) == .move(to: .pending, event: .pending))
        #expect(try CampaignMachine(.active).decide(.consent) == .move(to: .active, event: .updated))
    }
}
