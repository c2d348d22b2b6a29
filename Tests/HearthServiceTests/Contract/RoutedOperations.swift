import Configuration
import Foundation
import HearthTesting
import Hummingbird
import Logging
import Postgres

@testable import HearthCore
@testable import HearthMailboxes
@testable import HearthMicrosoft
@testable import HearthService

/// The operations of the service's router. Nothing is called, so nothing has to be reachable.
enum RoutedOperations {
    /// Without the console, which is for people; programs use the API.
    static func names() async throws -> [String] {
        try await withConsole().filter { !$0.contains(" /console") }
    }

    static func withConsole() async throws -> [String] {
        let settings = try Settings(
            ConfigReader(
                provider: InMemoryProvider(values: [
                    "hearth.development": "true",
                    "hearth.database.url": "postgresql://nobody@/nothing?host=/nowhere",
                    "hearth.public.url": "http://127.0.0.1:1",
                    "hearth.encryption.keys": "k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
                    "hearth.microsoft.client.id": "5d1f3a50-0000-4000-8000-0000000e2e00",
                    "hearth.microsoft.client.secret": "secret",
                    "hearth.operator.token": "0123456789abcdef0123456789abcdef",
                    "hearth.share.dir": .init(
                        stringLiteral: ProcessInfo.processInfo.environment["HEARTH_SHARE_DIR"] ?? "."),
                ])))
        let engines = try Engines(settings)
        let database = try Database(settings.database(connections: 1, name: "test"))
        let meters = Meters()
        let dependencies = Dependencies(
            settings: settings, database: database, workDatabase: database, now: { Date(timeIntervalSince1970: 0) },
            ids: IDSource(database), randomBytes: { Array(repeating: 0, count: $0) }, keyRing: settings.keyRing,
            work: WorkSignals(database), meters: meters, logger: Logger(label: "test"), quarantine: Quarantine(),
            reached: { _ in })
        let connections = Connections(
            dependencies: dependencies,
            microsoft: MicrosoftClient(engine: engines.microsoft, endpoints: settings.microsoft, allowsPlainHTTP: true),
            breaker: ApplicationBreaker(
                now: { Date(timeIntervalSince1970: 0) }, meters: meters, logger: Logger(label: "test")),
            dependents: HearthServer.dependents)
        let router = try HearthServer(settings: settings, logger: Logger(label: "test")).makeRouter(
            connections, engines, keys: KeyDirectory(database, now: dependencies.now),
            health: Health(readiness: Readiness(checks: []), prometheus: meters.prometheus),
            documents: try TestService.documents.get())
        await engines.shutdown()
        await database.shutdown(drain: .zero)
        return router.routes.map { route in
            let path = route.path.description.split(separator: "/").map {
                $0.hasPrefix(":") ? "{\($0.dropFirst())}" : $0
            }
            return "\(route.method.rawValue) /\(path.joined(separator: "/"))"
        }
    }
}
