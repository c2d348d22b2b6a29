import ArgumentParser
import Configuration
import HearthCore
import HearthRules
import HearthService
import Logging

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the API and the workers.")

    enum Only: String, ExpressibleByArgument, CaseIterable {
        case api, workers
    }

    @Option(help: "Run one part only.")
    var only: Only?

    func run() async throws {
        LoggingSystem.bootstrap { JSONLogHandler(label: $0, now: HostClock.now) }
        let logger = Logger(label: "hearth")
        do {
            let settings = try Settings(ConfigReader(provider: EnvironmentVariablesProvider()))
            let parts: Set<HearthServer.Part> =
                switch only {
                case .api?: [.api]
                case .workers?: [.workers]
                case nil: [.api, .workers]
                }
            try await HearthServer(settings: settings, logger: logger).run(parts)
        } catch {
            logger.critical("Hearth stopped with an error", metadata: ["error": "\(error)"])
            throw ExitCode.failure
        }
    }
}
