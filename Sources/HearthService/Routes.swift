import HearthConsole
import HearthCore
import HearthDocs
import HearthOnboarding
import HearthWeb
import Hummingbird

/// All public routes, contributed by the features.
struct Routes {
    let dependencies: Dependencies
    let keys: KeyDirectory
    let health: Health
    let middleware: StandardMiddleware
    let features: [any PartnerFeature]
    let onboarding: OnboardingAPI
    let document: OpenAPIDocument
    let docs: DocsRoutes
    let console: ConsoleRoutes

    func makeRouter() -> Router<AppContext> {
        let router = Router(context: AppContext.self)
        middleware.install(on: router)
        health.addPublicRoutes(to: router)
        router.get("openapi.yaml", use: document.get)
        router.get("docs", use: docs.get)
        onboarding.addPages(to: router, errors: middleware.errors)
        let partners = PartnerRoutes(router, dependencies, keys: keys)
        for feature in features + [onboarding] { feature.addRoutes(to: partners) }
        console.add(to: router, errors: middleware.errors)
        middleware.routesAreComplete(on: router)
        return router
    }
}
