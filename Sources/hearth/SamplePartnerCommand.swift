import ArgumentParser
import HearthCore
import HearthOperations
import HearthRules
import Logging

struct SamplePartnerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample-partner",
        abstract: "A minimal partner platform: starts the mailboxes that it expects, deletes the others.")

    @Option(help: "HOST:PORT to listen on; webhooks are received at /webhooks, GET /records shows them.")
    var listen = "127.0.0.1:9900"
    @Option(help: "The endpoint's secret, whsec_...") var secret: String
    @Option(help: "Hearth's base URL.") var api: String
    @Option(help: "An API key of the tenant.") var key: String
    @Option(help: "Expected addresses, comma-separated.") var expect = ""
    @Option(help: "A file to keep the records in.") var records: String?

    func run() async throws {
        LoggingSystem.bootstrap { JSONLogHandler(label: $0, now: HostClock.now) }
        let parts = listen.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1]) else { throw ValidationError("--listen must be HOST:PORT") }
        let settings = SamplePartner.Settings(
            host: String(parts[0]), port: port, secret: secret, api: api, key: key,
            expected: expect.split(separator: ",").map(String.init), recordsFile: records)
        try await SamplePartner(settings, logger: Logger(label: "sample-partner")).run()
    }
}
