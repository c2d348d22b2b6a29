import ArgumentParser
import Foundation
import Hummingbird
import MicrosoftSimulator

/// `microsoft-simulator serve`: serves until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Serve on one port.")

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port; 0 lets the system choose.")
    var port = 8081

    @Option(help: "A PEM file with the certificate chain; enables HTTPS.")
    var tlsCertificate: String?

    @Option(help: "A PEM file with the certificate's private key.")
    var tlsKey: String?

    @Option(help: "The application's client id.")
    var clientId: String

    @Option(help: "The application's client secret.")
    var clientSecret: String

    @Option(help: "A registered redirect URI; may be repeated.")
    var redirectUri: [String]

    @Option(help: "The base URL of issuers and endpoints; by default the one that the client used.")
    var publicUrl: String?

    @Option(help: "A PEM file with certificates to trust when notifications are sent to HTTPS addresses.")
    var webhookAuthority: String?

    @Option(help: "Makes codes, tokens and lifetimes reproducible; by default they are random.")
    var seed: UInt64?

    @Option(help: "The consent policy of organisations that are created implicitly.")
    var defaultConsentPolicy = ConsentPolicy.allowAll

    func validate() throws {
        if (tlsCertificate == nil) != (tlsKey == nil) {
            throw ValidationError("--tls-certificate and --tls-key must be given together.")
        }
        if redirectUri.isEmpty { throw ValidationError("At least one --redirect-uri is needed.") }
    }

    func run() async throws {
        var tls: SimulatorSettings.TLS?
        if let tlsCertificate, let tlsKey { tls = .init(certificateFile: tlsCertificate, keyFile: tlsKey) }
        let simulator = try MicrosoftSimulator(
            settings: SimulatorSettings(
                host: host,
                port: port,
                tls: tls,
                applications: [.init(clientID: clientId, secret: clientSecret, redirectURIs: redirectUri)],
                publicURL: publicUrl,
                webhookAuthorityFile: webhookAuthority,
                seed: seed,
                defaultConsentPolicy: defaultConsentPolicy
            )
        )
        let application = try simulator.buildApplication { address in
            FileHandle.standardOutput.write(Data("Microsoft simulator listening on \(address)\n".utf8))
        }
        try await application.runService()
    }
}

extension ConsentPolicy: ExpressibleByArgument {}
