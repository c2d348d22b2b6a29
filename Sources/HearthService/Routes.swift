import HearthConsole
import HearthCore
import HearthDocs
import HearthOnboarding
import HearthWeb
import Hummingbird

/// What is served as it is in the files, made once.
package struct Documents: Sendable {
    let contract: OpenAPIDocument
    let reference: DocsRoutes

    /// - Throws: when one of the files is missing or cannot be read as what it is.
    package init(directory: String) throws {
        contract = try OpenAPIDocument(directory: directory)
        reference = try DocsRoutes(document: contract, directory: directory)
    }
}

/// Every public path. Each feature adds its own.
struct Routes {
    let dependencies: Dependencies
    let keys: KeyDirectory
    let health: Health
    let middleware: StandardMiddleware
    let features: [any PartnerFeature]
    let onboarding: OnboardingAPI
    let documents: Documents
    let console: ConsoleRoutes

    func makeRouter() -> Router<AppContext> {
        let router = Router(context: AppContext.self)
        middleware.install(on: router)
        health.addPublicRoutes(to: router)
        router.get("openapi.yaml", use: documents.contract.get)
        router.get("docs", use: documents.reference.get)
        onboarding.addPages(to: router, errors: middleware.errors)
        let partners = PartnerRoutes(router, dependencies, keys: keys)
        for feature in features + [onboarding] { feature.addRoutes(to: partners) }
        console.add(to: router, errors: middleware.errors)
        middleware.routesAreComplete(on: router)
        return router
    }
}
