import HearthConsole
import HearthCore
import HearthDocs
import HearthMessages
import HearthOnboarding
import HearthWeb
import Hummingbird

/// Documents that are served as they are in the files, read once.
package struct Documents: Sendable {
    let contract: OpenAPIDocument
    let reference: DocsRoutes

    /// - Throws: when a file is missing or malformed.
    package init(directory: String) throws {
        contract = try OpenAPIDocument(directory: directory)
        reference = try DocsRoutes(document: contract, directory: directory)
    }
}

/// All public routes, contributed by the features.
struct Routes {
    let dependencies: Dependencies
    let keys: KeyDirectory
    let health: Health
    let middleware: StandardMiddleware
    let features: [any PartnerFeature]
    let onboarding: OnboardingAPI
    let notifications: NotificationRoutes
    let documents: Documents
    let console: ConsoleRoutes

    func makeRouter() -> Router<AppContext> {
        let router = Router(context: AppContext.self)
        middleware.install(on: router)
        health.addPublicRoutes(to: router)
        router.get("openapi.yaml", use: documents.contract.get)
        router.get("docs", use: documents.reference.get)
        onboarding.addPages(to: router, errors: middleware.errors)
        notifications.add(to: router)
        let partners = PartnerRoutes(router, dependencies, keys: keys)
        for feature in features + [onboarding] { feature.addRoutes(to: partners) }
        console.add(to: router, errors: middleware.errors)
        middleware.routesAreComplete(on: router)
        return router
    }
}
