import DNS
import HTTPTypes
package import HearthCore
package import HearthMailboxes
import HearthWeb
import Hummingbird

/// Routes for campaigns: reads, settings and commands.
package struct CampaignAPI: PartnerFeature {
    package let connections: Connections
    /// Creates a link with which a campaign's owner reconnects the same mailbox.
    package let reconnect: @Sendable (Campaign, Identity, IdempotentCall) async throws -> RecordedAnswer

    package init(
        connections: Connections,
        reconnect: @escaping @Sendable (Campaign, Identity, IdempotentCall) async throws -> RecordedAnswer
    ) {
        self.connections = connections
        self.reconnect = reconnect
    }

    package func addRoutes(to partners: PartnerRoutes) {
        let dependencies = connections.dependencies
        let database = dependencies.database
        let store = CampaignStore(database: database)
        let campaigns = CampaignRoutes(campaigns: store)
        let rampup = RampupRoutes(campaigns: store)
        let reading = partners.reading(.campaignsRead)
        reading.get("campaigns", use: campaigns.list)
        reading.get("campaigns/:id", use: campaigns.get)
        reading.get("campaigns/email/:email", use: campaigns.getByEmail)
        reading.get("campaigns/:id/history", use: HistoryRoutes(history: CampaignHistory(database: database)).list)
        reading.get("campaigns/external/:external_id", use: ExternalIDRoute(database: database).get)
        let activity = ActivityRoutes(database: database)
        let resolver = DNSResolver(server: dependencies.settings.dnsServer)
        let health = HealthScoreRoutes(database: database, domains: DomainCheck(resolver, now: dependencies.now))
        // In Mailivery's API these reads are PATCH; they are available as GET, too.
        for method in [HTTPRequest.Method.get, .patch] {
            reading.on("campaigns/:id/fetch-rampup-status", method: method, use: rampup.status)
            reading.on("campaigns/:id/get-metrics", method: method, use: activity.metrics)
            reading.on("campaigns/:id/get-activity-log", method: method, use: activity.log)
            reading.on("campaigns/:id/get-health-score", method: method, use: health.score)
            reading.on("campaigns/:id/get-health-score-points", method: method, use: health.points)
        }
        addWrites(to: partners, store)
    }

    private func addWrites(to partners: PartnerRoutes, _ store: CampaignStore) {
        let dependencies = connections.dependencies
        let commands = CommandRoutes(commands: CommandCampaign(connections))
        let settings = SettingsRoutes(
            campaigns: store, changes: ChangeCampaign(dependencies), reconnect: reconnect)
        let actions = ActionRoutes(dependencies: dependencies)
        let recheck = RecheckRoutes(recheck: RecheckConnections(connections))
        let writing = partners.writing(.campaignsWrite)
        writing.post("campaigns/actions", use: actions.create)
        writing.get("campaigns/connections/recheck", use: recheck.all)
        writing.post("campaigns/connections/recheck", use: recheck.all)
        writing.post("campaigns/:id/recheck", .asksOutside, use: recheck.one)
        writing.patch("campaigns/:id", use: settings.update)
        writing.delete("campaigns/:id", use: commands.delete)
        writing.patch("campaigns/:id/start-warmup", .asksOutside, use: commands.start)
        writing.patch("campaigns/:id/pause-warmup", use: commands.pause)
        writing.patch("campaigns/:id/resume-warmup", .asksOutside, use: commands.resume)
        writing.patch("campaigns/:id/update-email-per-day", use: settings.emailPerDay)
        writing.patch("campaigns/:id/update-response-rate", use: settings.responseRate)
        writing.patch("campaigns/:id/update-sending-schedule", use: settings.schedule)
        writing.patch("campaigns/:id/enable-rampup", use: settings.enableRampup)
        writing.patch("campaigns/:id/disable-rampup", use: settings.disableRampup)
        writing.patch("campaigns/:id/sync-tags", use: settings.syncTags)
    }
}
