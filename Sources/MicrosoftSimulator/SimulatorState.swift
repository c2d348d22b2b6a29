import Foundation

/// Everything the simulator remembers. One value behind one lock; every operation is a method that changes it.
struct SimulatorState: Sendable {
    let settings: SimulatorSettings
    let pages: Pages
    var clock: SimulatorClock
    var random: SeededGenerator
    var behaviours = SimulatorBehaviours()

    var directory = Directory()
    var consents = ConsentLedger()
    /// By client id in lower case.
    var applications: [String: RegisteredApplication] = [:]
    var keys: SigningKeys

    var codes: [String: AuthorizationCode] = [:]
    var refreshTokens: [String: RefreshToken] = [:]
    var accessTokens: [String: AccessToken] = [:]
    var mailboxes: [AccountID: Mailbox] = [:]

    var faults = FaultPlan()
    var tokenShapes: [TokenShape] = []
    var journal = RequestJournal()
    var throttle = MailboxThrottle()
    /// Whether the next error description separates its trace lines by line breaks (behaviour `alternating`).
    var nextDescriptionHasLines = true

    init(settings: SimulatorSettings, pages: Pages) throws {
        self.settings = settings
        self.pages = pages
        clock = SimulatorClock(source: settings.now)
        random = SeededGenerator(seed: settings.seed ?? .random(in: 0 ... .max))
        keys = try SigningKeys()
        for client in settings.applications {
            applications[client.clientID.lowercased()] = RegisteredApplication(
                clientID: client.clientID,
                name: "Example application",
                secret: client.secret,
                redirectURIs: client.redirectURIs
            )
        }
    }

    var now: Date { clock.now }

    func application(_ clientID: String) -> RegisteredApplication? {
        applications[clientID.lowercased()]
    }

    /// The mailbox of an account that has one.
    func hasMailbox(_ id: AccountID) -> Bool {
        directory.account(id)?.hasMailbox ?? false
    }

    /// Changes the account's mailbox, which comes into being with its first use.
    mutating func withMailbox<Result>(
        _ account: Account, _ change: (inout Mailbox, inout SeededGenerator) throws -> Result
    ) rethrows -> Result {
        var mailbox = mailboxes[account.id] ?? Mailbox(random: &random)
        defer { mailboxes[account.id] = mailbox }
        return try change(&mailbox, &random)
    }
}
