import Hummingbird

/// Every public path, in the order of openapi.yaml.
struct Routes {
    let dependencies: Dependencies
    let keys: KeyDirectory
    let health: Health
    let middleware: StandardMiddleware
    let callback: CallbackRoutes
    let document: OpenAPIDocument

    func makeRouter() -> Router<AppContext> {
        let router = Router(context: AppContext.self)
        middleware.install(on: router)
        health.addPublicRoutes(to: router)
        router.get("openapi.yaml", use: document.get)
        router.get("oauth/microsoft/callback", use: callback.callback)
        router.get("oauth/microsoft/result/:token", use: callback.result)
        addPartnerRoutes(to: router.group("api/v1").add(middleware: Authenticate(directory: keys)))
        middleware.routesAreComplete(on: router)
        return router
    }

    private func addPartnerRoutes(to group: RouterGroup<AppContext>) {
        let database = dependencies.database
        let commands = CommandCampaign(dependencies)
        let connect = ConnectRoutes(dependencies: dependencies)
        let campaigns = CampaignRoutes(database: database, commands: commands)
        let warmup = WarmupRoutes(commands: commands)
        let consents = ConsentRoutes(
            store: ConsentStore(database: database, keyRing: dependencies.keyRing), now: dependencies.now)

        let partner = group.group(context: TenantContext.self)
        partner.post("campaigns/ms-graph", use: connect.create)
        partner.get("campaigns", use: campaigns.list)
        partner.get("campaigns/:id", use: campaigns.get)
        partner.delete("campaigns/:id", use: campaigns.delete)
        partner.patch("campaigns/:id/start-warmup", use: warmup.start)
        partner.patch("campaigns/:id/pause-warmup", use: warmup.pause)
        partner.patch("campaigns/:id/resume-warmup", use: warmup.resume)
        partner.get("account/limits", use: AccountRoutes(database: database).limits)
        partner.get("consents/:id", use: consents.get)
        partner.delete("consents/:id", use: consents.revoke)
        partner.get("webhooks/events", use: EventRoutes(database: database).list)
    }
}
