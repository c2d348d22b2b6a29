import HTTPTypes
import HearthCampaigns
package import HearthCore
package import HearthMailboxes
import HearthOnboarding
package import HearthWeb
package import HearthWebhooks
package import Hummingbird
package import Outbound

/// All paths of the console. They are for browsers and not part of the API, so openapi.yaml does not list them.
package struct ConsoleRoutes {
    private let connections: Connections
    private let tests: EndpointTester
    private let openIDEngine: OutboundEngine
    private let views: ConsoleViews
    private let assets = ConsoleAssets()
    private let gate: ConsoleGate

    /// - Throws: when a template does not parse.
    package init(
        _ connections: Connections, keys: KeyDirectory, tests: EndpointTester, openIDEngine: OutboundEngine
    ) throws {
        self.connections = connections
        self.tests = tests
        self.openIDEngine = openIDEngine
        let dependencies = connections.dependencies
        let publicURL = dependencies.settings.publicURL
        views = try ConsoleViews(assets: assets)
        gate = ConsoleGate(
            keys: keys, members: MemberStore(database: dependencies.database, keyRing: dependencies.keyRing),
            sessions: ConsoleSessionStore(database: dependencies.database), keyRing: dependencies.keyRing,
            now: dependencies.now,
            origin: ConsoleOrigin(publicURL: publicURL), isSecure: publicURL.hasPrefix("https"), views: views,
            limiter: RateLimiter(replicas: dependencies.settings.replicas))
    }

    private var dependencies: Dependencies { connections.dependencies }

    package func add(to router: Router<AppContext>, errors: RenderErrors) {
        let page = ConsoleErrorPage(views: views)
        let console = ConsolePaths(
            router.group("console").add(middleware: ShowErrorsAsPages(errors: errors, page: page.show)), dependencies)
        let signIn = SignInRoutes(gate: gate, failures: FailedAttempts(), dependencies: dependencies)
        console.get("", use: signIn.form)
        console.get("sign-in", use: signIn.form)
        console.postSession("sign-in", use: signIn.signIn)
        console.postSession("sign-out", use: signIn.signOut)
        console.postSession("sign-out-everywhere", use: gate.form(nil, signIn.signOutEverywhere))
        let openID = OpenIDRoutes(dependencies: dependencies, engine: openIDEngine, gate: gate)
        console.get("sign-in/organisation", use: openID.begin)
        console.get("openid/callback", use: openID.callback)
        console.get("assets/:name", use: assets.get)
        addCampaigns(to: console)
        addMailboxes(to: console)
        addInvitations(to: console)
        addConsents(to: console)
        addWebhooks(to: console)
        addOperator(to: console)
        let keys = KeyPages(dependencies: dependencies)
        console.get("keys", use: gate.page(.keys, keys.list))
        console.post("keys", use: gate.form(.keys, keys.create))
        console.post("keys/:id/revoke", use: gate.form(.keys, keys.revoke))
        let audit = AuditPage(search: AuditSearch(database: dependencies.database))
        console.get("audit", use: gate.page(.keys, audit.show))
        console.get("account", use: gate.page(nil, AccountPage(dependencies: dependencies).show))
    }

    private func addCampaigns(to console: ConsolePaths) {
        let store = CampaignStore(database: dependencies.database)
        let list = CampaignListPage(campaigns: store, now: dependencies.now)
        let campaign = CampaignPage(
            campaigns: store, history: CampaignHistory(database: dependencies.database), now: dependencies.now)
        let commands = CampaignCommands(commands: CommandCampaign(connections), page: campaign)
        let connect = ConnectPages(dependencies: dependencies)
        console.get("campaigns", use: gate.page(.campaignsRead, list.show))
        console.get("campaigns/:id", use: gate.page(.campaignsRead, campaign.show))
        console.post("campaigns/:id/:command", use: gate.form(.campaignsWrite, commands.run))
        console.get("connect", use: gate.page(.campaignsWrite, connect.form))
        console.post("connect", use: gate.form(.campaignsWrite, connect.create))
    }

    private func addMailboxes(to console: ConsolePaths) {
        let database = dependencies.database
        let list = MailboxListPage(store: MailboxStore(database: database), now: dependencies.now)
        let shared = SharedMailboxStore(database: database)
        let mailbox = MailboxPage(store: MailboxStore(database: database), shared: shared, now: dependencies.now)
        let commands = MailboxCommands(connections: connections, page: mailbox)
        console.get("mailboxes", use: gate.page(.campaignsRead, list.show))
        console.get("mailboxes/shared", use: gate.page(.campaignsRead, SharedMailboxListPage(store: shared).show))
        console.get("mailboxes/:id", use: gate.page(.campaignsRead, mailbox.show))
        console.post("mailboxes/:id/recheck", use: gate.form(.campaignsWrite, commands.recheck))
        console.post("mailboxes/:id/reconnect", use: gate.form(.campaignsWrite, commands.reconnect))
        console.post("mailboxes/:id/disconnect", use: gate.form(.campaignsWrite, commands.disconnect))
        console.post("mailboxes/:id/delete", use: gate.form(.campaignsWrite, commands.delete))
    }

    private func addInvitations(to console: ConsolePaths) {
        let list = InvitationListPage(
            store: InvitationStore(database: dependencies.database, keyRing: dependencies.keyRing),
            now: dependencies.now)
        let invite = InvitePages(dependencies: dependencies)
        let invitation = InvitationPage(dependencies: dependencies)
        console.get("invitations", use: gate.page(.campaignsRead, list.show))
        console.post("invitations", use: gate.form(.campaignsWrite, invite.create))
        console.get("invitations/new", use: gate.page(.campaignsWrite, invite.form))
        console.get("invitations/:id", use: gate.page(.campaignsRead, invitation.show))
        console.post("invitations/:id/resend", use: gate.form(.campaignsWrite, invitation.resend))
        console.post("invitations/:id/revoke", use: gate.form(.campaignsWrite, invitation.revoke))
    }

    private func addWebhooks(to console: ConsolePaths) {
        let store = EndpointStore(database: dependencies.database, keyRing: dependencies.keyRing)
        let list = EndpointListPage(dependencies: dependencies, store: store)
        let endpoint = EndpointPage(dependencies: dependencies, store: store)
        let commands = EndpointCommands(page: endpoint, tests: tests)
        let deliveries = DeliveryPages(dependencies: dependencies, store: store)
        console.get("webhooks", use: gate.page(.webhooks, list.show))
        console.post("webhooks", use: gate.form(.webhooks, list.create))
        console.get("webhooks/:id", use: gate.page(.webhooks, endpoint.show))
        console.post("webhooks/:id/enable", use: gate.form(.webhooks, commands.enable))
        console.post("webhooks/:id/disable", use: gate.form(.webhooks, commands.disable))
        console.post("webhooks/:id/test", use: gate.form(.webhooks, commands.test))
        console.post("webhooks/:id/rotate", use: gate.form(.webhooks, commands.rotate))
        console.post("webhooks/:id/delete", use: gate.form(.webhooks, commands.delete))
        console.post("webhooks/:id/replay", use: gate.form(.webhooks, commands.replay))
        console.get("deliveries", use: gate.page(.webhooks, deliveries.list))
        console.post("events/:event_id/replay", use: gate.form(.webhooks, deliveries.resend))
    }

    private func addOperator(to console: ConsolePaths) {
        guard let token = dependencies.settings.operatorToken else { return }
        let gate = OperatorGate(
            tokenDigest: OperatorGate.digest(of: token),
            sessions: OperatorSessionStore(database: dependencies.database), keyRing: gate.keyRing, now: gate.now,
            origin: gate.origin, isSecure: gate.isSecure, views: views)
        OperatorRoutes(dependencies: dependencies, gate: gate).add(to: console)
    }

    private func addConsents(to console: ConsolePaths) {
        let store = ConsentStore(database: dependencies.database, keyRing: dependencies.keyRing)
        let list = ConsentListPage(
            store: ConsentStore(database: dependencies.database, keyRing: dependencies.keyRing), now: dependencies.now)
        let consent = ConsentPage(store: store, now: dependencies.now)
        console.get("consents", use: gate.page(.campaignsRead, list.show))
        console.get("consents/:id", use: gate.page(.campaignsRead, consent.show))
        console.post("consents/:id/revoke", use: gate.form(.campaignsWrite, consent.revoke))
    }
}
