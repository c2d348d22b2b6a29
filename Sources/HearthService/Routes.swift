import DNS
import HTTPTypes
import Hummingbird

/// Every public path, in the order of openapi.yaml.
struct Routes {
    /// Of everything that partners call.
    static let base = "/api/v1"

    let dependencies: Dependencies
    let keys: KeyDirectory
    let health: Health
    let middleware: StandardMiddleware
    let callback: CallbackRoutes
    let adminCallback: AdminCallbackRoutes
    let invitationPages: InvitationPageRoutes
    let document: OpenAPIDocument
    let docs: DocsRoutes
    let console: ConsoleRoutes
    let forms: EmbedPages

    func makeRouter() -> Router<AppContext> {
        let router = Router(context: AppContext.self)
        middleware.install(on: router)
        health.addPublicRoutes(to: router)
        router.get("openapi.yaml", use: document.get)
        router.get("docs", use: docs.get)
        addOwnerRoutes(to: router)
        router.get("logos/:name", use: LogoRoutes(store: callback.logos).get)
        let partners = router.group(RouterPath(Self.base))
            .add(middleware: Authenticate(directory: keys, failures: FailedAttempts()))
            .add(middleware: LimitRate(limiter: RateLimiter(replicas: dependencies.settings.replicas)))
        addPartnerRoutes(to: PartnerRoutes(partners, dependencies))
        console.add(to: router, errors: middleware.errors)
        middleware.routesAreComplete(on: router)
        return router
    }

    /// The pages of mailbox owners. A return from Microsoft writes, and a form is no use that cannot be sent.
    private func addOwnerRoutes(to router: Router<AppContext>) {
        let reads = router.group().add(
            middleware: ShowErrorsAsPages(errors: middleware.errors, page: callback.unavailable))
        let writes = reads.group().add(middleware: RefuseWhileQuarantined(dependencies))
        writes.get("oauth/microsoft/callback", use: callback.callback)
        reads.get("oauth/microsoft/result/:token", use: callback.result)
        writes.get("oauth/microsoft/admin-callback", use: adminCallback.callback)
        reads.get("oauth/microsoft/admin-result/:token", use: adminCallback.result)
        writes.get("embed/form/:tenant", use: forms.show)
        writes.post("embed/form/:tenant", use: forms.submit)
        reads.get("invitations/:token", use: invitationPages.show)
        writes.post("invitations/:token", use: invitationPages.open)
    }

    private func addPartnerRoutes(to partners: PartnerRoutes) {
        addCampaignRoutes(to: partners)
        addMailboxRoutes(to: partners)
        addAdminConsentRoutes(to: partners)
        addInvitationRoutes(to: partners)
        addSharedMailboxRoutes(to: partners)
        addReadRoutes(to: partners)
        addWebhookRoutes(to: partners)
        addKeyRoutes(to: partners)
        addJobRoutes(to: partners)
    }

    private func addCampaignRoutes(to partners: PartnerRoutes) {
        let database = dependencies.database
        let idempotency = Idempotency(dependencies)
        let connect = ConnectRoutes(dependencies: dependencies, idempotency: idempotency)
        let commands = CommandRoutes(commands: CommandCampaign(dependencies), idempotency: idempotency)
        let store = CampaignStore(database: database)
        let campaigns = CampaignRoutes(campaigns: store)
        let settings = SettingsRoutes(
            campaigns: store, changes: ChangeCampaign(dependencies),
            reconnect: ReconnectCampaign(dependencies: dependencies), idempotency: idempotency)
        let rampup = RampupRoutes(campaigns: store)
        let batch = BatchRoutes(dependencies: dependencies, idempotency: idempotency)
        let actions = ActionRoutes(dependencies: dependencies, idempotency: idempotency)
        let recheck = RecheckRoutes(recheck: RecheckConnections(dependencies), idempotency: idempotency)
        let consents = ConsentRoutes(
            store: ConsentStore(database: database, keyRing: dependencies.keyRing), now: dependencies.now,
            idempotency: idempotency)

        let reading = partners.reading(.campaignsRead)
        reading.get("campaigns", use: campaigns.list)
        reading.get("campaigns/:id", use: campaigns.get)
        reading.get("campaigns/email/:email", use: campaigns.getByEmail)
        reading.get("campaigns/:id/history", use: HistoryRoutes(database: database).list)
        reading.get("campaigns/:id/fetch-rampup-status", use: rampup.status)
        reading.patch("campaigns/:id/fetch-rampup-status", use: rampup.status)
        reading.get("campaigns/external/:external_id", use: ExternalIDRoute(database: database).get)
        let account = AccountRoutes(database: database, now: dependencies.now)
        reading.get("account/limits", use: account.limits)
        reading.get("account/warnings", use: account.warnings)
        reading.get("consents", use: consents.list)
        reading.get("consents/:id", use: consents.get)

        let writing = partners.writing(.campaignsWrite)
        writing.post("campaigns/ms-graph", use: connect.create)
        writing.post("campaigns/ms-graph/batch", use: batch.create)
        writing.post("campaigns/actions", use: actions.create)
        writing.post("campaigns/microsoft", use: connect.create)
        for provider in UnsupportedProvider.allCases {
            writing.post("campaigns/\(provider.rawValue)", use: provider.refuse)
        }
        writing.get("embed/form/secure", use: EmbedRoutes(dependencies: dependencies).create)
        writing.get("campaigns/connections/recheck", use: recheck.all)
        writing.post("campaigns/connections/recheck", use: recheck.all)
        writing.post("campaigns/:id/recheck", use: recheck.one)
        writing.patch("campaigns/:id", use: settings.update)
        writing.delete("campaigns/:id", use: commands.delete)
        writing.patch("campaigns/:id/start-warmup", use: commands.start)
        writing.patch("campaigns/:id/pause-warmup", use: commands.pause)
        writing.patch("campaigns/:id/resume-warmup", use: commands.resume)
        writing.patch("campaigns/:id/update-email-per-day", use: settings.emailPerDay)
        writing.patch("campaigns/:id/update-response-rate", use: settings.responseRate)
        writing.patch("campaigns/:id/update-sending-schedule", use: settings.schedule)
        writing.patch("campaigns/:id/enable-rampup", use: settings.enableRampup)
        writing.patch("campaigns/:id/disable-rampup", use: settings.disableRampup)
        writing.patch("campaigns/:id/sync-tags", use: settings.syncTags)
        writing.delete("consents/:id", use: consents.revoke)
    }

    private func addMailboxRoutes(to partners: PartnerRoutes) {
        let mailboxes = MailboxRoutes(dependencies)
        let reading = partners.reading(.campaignsRead)
        reading.get("mailboxes", use: mailboxes.list)
        reading.get("mailboxes/:id", use: mailboxes.get)
        reading.get("account/health", use: mailboxes.health)

        let writing = partners.writing(.campaignsWrite)
        writing.post("mailboxes/:id/recheck", use: mailboxes.recheck)
        let audit = AuditRoutes(database: dependencies.database)
        reading.get("mailboxes/:id/token-uses", use: audit.tokenUses)
        let disconnect = DisconnectRoutes(dependencies)
        writing.post("mailboxes/:id/disconnect", use: disconnect.disconnect)
        writing.delete("mailboxes/:id", use: disconnect.delete)
        writing.post("mailboxes/:id/reconnect", use: ReconnectRoutes(dependencies).create)
    }

    private func addAdminConsentRoutes(to partners: PartnerRoutes) {
        let routes = AdminConsentRoutes(dependencies: dependencies, idempotency: Idempotency(dependencies))
        let reading = partners.reading(.campaignsRead)
        reading.get("admin-consents", use: routes.list)
        reading.get("admin-consents/:id", use: routes.get)
        let writing = partners.writing(.campaignsWrite)
        writing.post("admin-consents", use: routes.create)
        writing.delete("admin-consents/:id", use: routes.revoke)
    }

    private func addSharedMailboxRoutes(to partners: PartnerRoutes) {
        let routes = SharedMailboxRoutes(dependencies: dependencies, idempotency: Idempotency(dependencies))
        let reading = partners.reading(.campaignsRead)
        reading.get("shared-mailboxes", use: routes.list)
        reading.get("shared-mailboxes/:id", use: routes.get)
        let writing = partners.writing(.campaignsWrite)
        writing.post("shared-mailboxes", use: routes.add)
        writing.delete("shared-mailboxes/:id", use: routes.remove)
    }

    private func addInvitationRoutes(to partners: PartnerRoutes) {
        let routes = InvitationRoutes(dependencies: dependencies, idempotency: Idempotency(dependencies))
        let reading = partners.reading(.campaignsRead)
        reading.get("invitations", use: routes.list)
        reading.get("invitations/:id", use: routes.get)
        let writing = partners.writing(.campaignsWrite)
        writing.post("invitations", use: routes.create)
        writing.post("invitations/:id/resend", use: routes.resend)
        writing.delete("invitations/:id", use: routes.revoke)
    }

    /// The contract has these reads as PATCH; they are reads, so each is there as GET too.
    private func addReadRoutes(to partners: PartnerRoutes) {
        let database = dependencies.database
        let resolver = DNSResolver(server: dependencies.settings.dnsServer)
        let health = HealthScoreRoutes(
            database: database, domains: DomainCheck(resolver, now: dependencies.now))
        let activity = ActivityRoutes(database: database)
        let reading = partners.reading(.campaignsRead)
        for method in [HTTPRequest.Method.get, .patch] {
            reading.on("campaigns/:id/get-metrics", method: method, use: activity.metrics)
            reading.on("campaigns/:id/get-activity-log", method: method, use: activity.log)
            reading.on("campaigns/:id/get-health-score", method: method, use: health.score)
            reading.on("campaigns/:id/get-health-score-points", method: method, use: health.points)
        }
    }

    private func addWebhookRoutes(to partners: PartnerRoutes) {
        let endpoints = EndpointRoutes(dependencies)
        let deliveries = DeliveryRoutes(dependencies)
        let events = EventRoutes(database: dependencies.database)
        let replays = ReplayRoutes(dependencies)
        let reading = partners.reading(.webhooks)
        reading.get("webhooks/endpoints", use: endpoints.list)
        reading.get("webhooks/endpoints/:id", use: endpoints.get)
        reading.get("webhooks/endpoints/:id/deliveries", use: deliveries.listOfEndpoint)
        reading.get("webhooks/deliveries", use: deliveries.list)
        reading.get("webhooks/deliveries/:id", use: deliveries.get)
        reading.get("webhooks/events", use: events.list)
        reading.get("webhooks/events/:event_id", use: events.get)
        let writing = partners.writing(.webhooks)
        writing.post("webhooks/endpoints", use: endpoints.create)
        writing.patch("webhooks/endpoints/:id", use: endpoints.update)
        writing.delete("webhooks/endpoints/:id", use: endpoints.delete)
        writing.post("webhooks/endpoints/:id/rotate-secret", use: endpoints.rotateSecret)
        writing.post("webhooks/endpoints/:id/test", use: endpoints.test)
        writing.post("webhooks/endpoints/:id/replay", use: replays.replaySince)
        writing.post("webhooks/events/:event_id/replay", use: replays.replay)
    }

    /// Each kind of job has its own scope, so it is the routes that ask for it.
    private func addJobRoutes(to partners: PartnerRoutes) {
        let jobs = JobRoutes(
            store: JobStore(database: dependencies.database), idempotency: Idempotency(dependencies),
            now: dependencies.now)
        partners.reading(nil).get("jobs", use: jobs.list)
        partners.reading(nil).get("jobs/:id", use: jobs.get)
        partners.writing(nil).delete("jobs/:id", use: jobs.cancel)
    }

    private func addKeyRoutes(to partners: PartnerRoutes) {
        let keys = KeyRoutes(dependencies: dependencies, idempotency: Idempotency(dependencies))
        let reading = partners.reading(.keys)
        let writing = partners.writing(.keys)
        reading.get("keys", use: keys.list)
        writing.post("keys", use: keys.create)
        writing.delete("keys/:id", use: keys.revoke)
        reading.get("audit", use: AuditRoutes(database: dependencies.database).list)
    }
}
