import Foundation

/// The whole state of the simulator: one value behind one lock. Every operation is a method that changes it.
struct SimulatorState: Sendable {
    let settings: SimulatorSettings
    let pages: Pages
    let epoch: Int
    var clock: SimulatorClock
    var random: SeededGenerator
    var behaviours = SimulatorBehaviours()

    var directory = Directory()
    var consents = ConsentLedger()
    var conditions = ConditionBook()
    /// By tenant id.
    var rules: [String: TenantRules] = [:]
    /// By client id in lower case.
    var applications: [String: RegisteredApplication] = [:]
    var keys: SigningKeys

    var codes: [String: AuthorizationCode] = [:]
    var book: GrantBook
    var delegations = Delegations()
    var mailboxes: [AccountID: Mailbox] = [:]
    var agenda = Agenda()
    /// What each mailbox handed over for sending, in order.
    var submissions: [AccountID: [Submission]] = [:]
    /// By the key in their addresses.
    var uploads: [String: UploadSession] = [:]
    var bounces: [BounceRule] = []
    var placements: [PlacementRule] = []
    var automaticReplies: [AccountID: [AutomaticReply]] = [:]
    var quotas = QuotaBook()
    var subscriptions = SubscriptionBook()
    var notifications: NotificationQueue

    var faults = FaultPlan()
    var tokenShapes: [TokenShape] = []
    var journal = RequestJournal()
    var throttles = Throttle()
    /// Whether the next error description separates its trace lines by line breaks (behaviour `alternating`).
    var nextDescriptionHasLines = true

    /// - Parameter epoch: how often the simulator was reset; tokens of an earlier epoch are invalid.
    init(settings: SimulatorSettings, pages: Pages, epoch: Int = 0) throws {
        self.settings = settings
        self.pages = pages
        clock = SimulatorClock(source: settings.now)
        let seed = settings.seed ?? .random(in: 0 ... .max)
        random = SeededGenerator(seed: seed)
        notifications = NotificationQueue(random: SeededGenerator(seed: seed, name: "notifications"))
        self.epoch = epoch
        book = GrantBook(seal: TokenSeal(seed: seed, epoch: epoch))
        keys = try SigningKeys()
        for client in settings.applications {
            applications[client.clientID.lowercased()] = RegisteredApplication(
                clientID: client.clientID,
                name: "Example application",
                secrets: [ApplicationSecret(keyID: random.guid(), value: client.secret)],
                redirectURIs: client.redirectURIs
            )
        }
    }

    var now: Date { clock.now }

    func application(_ clientID: String) -> RegisteredApplication? {
        applications[clientID.lowercased()]
    }

    /// Changes the account's mailbox, which is created on first use.
    mutating func withMailbox<Result>(
        _ account: Account, _ change: (inout Mailbox, inout SeededGenerator) throws -> Result
    ) rethrows -> Result {
        let index: Dictionary<AccountID, Mailbox>.Index
        if let known = mailboxes.index(forKey: account.id) {
            index = known
        } else {
            mailboxes[account.id] = Mailbox(random: &random)
            guard let made = mailboxes.index(forKey: account.id) else {
                preconditionFailure("The mailbox was just made.")
            }
            index = made
        }
        // In place: a copy of a large mailbox for every change would be slow.
        return try change(&mailboxes.values[index], &random)
    }
}
