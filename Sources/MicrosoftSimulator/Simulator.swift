package import Foundation
package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// An in-memory Microsoft: the identity platform and Graph on one port.
///
/// It behaves as docs/contracts/microsoft.md describes, and can be made to misbehave: over `/simulator/...`, or in the same
/// process by the methods in `MicrosoftSimulator+Control.swift`.
package final class MicrosoftSimulator: Sendable {
    package let settings: SimulatorSettings
    let state: Mutex<SimulatorState>
    let wakes = Wakes()
    let webhooks: WebhookClient

    /// Throws if no signing key can be generated, or the file with trusted certificates cannot be read.
    package init(settings: SimulatorSettings) throws {
        self.settings = settings
        state = Mutex(try SimulatorState(settings: settings, pages: try Pages()))
        webhooks = try WebhookClient(authorityFile: settings.webhookAuthorityFile)
    }

    deinit {
        webhooks.shutdown()
    }

    /// The server as a Hummingbird application. It also sends notifications.
    ///
    /// - Parameter onListening: called once with the address, such as `http://127.0.0.1:8081`.
    /// Throws if a certificate file cannot be read.
    package func buildApplication(
        onListening: @escaping @Sendable (String) async -> Void = { _ in }
    ) throws -> some ApplicationProtocol {
        var logger = Logger(label: "microsoft-simulator")
        logger.logLevel = .warning
        let scheme = scheme
        let host = settings.host
        return Application(
            responder: SimulatorResponder(simulator: self),
            server: try server(),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: "Microsoft-IIS/10.0 (simulator)"
            ),
            services: [NotificationSender(simulator: self)],
            onServerRunning: { channel in
                await onListening("\(scheme)://\(host):\(channel.localAddress?.port ?? 0)")
            },
            logger: logger
        )
    }

    /// The simulator's time.
    package var now: Date { state.withLock { $0.now } }

    func baseURL(authority: String?) -> String {
        settings.publicURL ?? "\(scheme)://\(authority ?? "\(settings.host):\(settings.port)")"
    }

    private var scheme: String { settings.tls == nil ? "http" : "https" }

    private func server() throws -> HTTPServerBuilder {
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [DateHandler { [weak self] in self?.now ?? Date() }],
                idleTimeout: .seconds(120)
            )
        )
        guard let tls = settings.tls else { return plain }
        let chain = try NIOSSLCertificate.fromPEMFile(tls.certificateFile).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: tls.keyFile, format: .pem)
        return try .tls(
            plain, tlsConfiguration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        )
    }
}

/// The handling of one request.
extension MicrosoftSimulator {
    struct Arrival: Sendable {
        let entry: JournalEntry
        let fault: Fault?
        /// The response of a fault or limit, in place of the endpoint's.
        let replacement: Reply?
        /// The limits to release at the end.
        let held: [Throttle.Key]
    }

    func arrive(_ exchange: Exchange, route: Route) -> Arrival {
        state.withLock { $0.arrive(exchange, route: route) }
    }

    func leave(_ arrival: Arrival, status: Int, redeemed: Bool) {
        let hasPlans = state.withLock { state in
            for key in arrival.held { state.throttles.end(key) }
            state.journal.end(arrival.entry, status: status, redeemed: redeemed)
            return state.hasPlans
        }
        if hasPlans { wakes.wake() }
    }

    func answer(_ exchange: Exchange, route: Route) async -> Reply {
        switch route {
        case .token(let tenant): answerToken(exchange, tenant: tenant)
        case .graph(.subscriptions): await answerSubscription(exchange)
        case .graph: state.withLock { $0.graph(exchange) }
        case .upload: state.withLock { $0.upload(exchange) }
        case .authorize(let tenant): state.withLock { $0.authorize(exchange, tenant: tenant) }
        case .adminConsent(let tenant): state.withLock { $0.adminConsent(exchange, tenant: tenant) }
        case .discovery, .keys, .instanceDiscovery: state.withLock { $0.metadata(exchange, route: route) }
        case .control, .unknown: .json(["error": "not_found", "error_description": "No such endpoint."], status: 404)
        }
    }

    /// Calls the addresses of a new subscription before it is accepted.
    private func answerSubscription(_ exchange: Exchange) async -> Reply {
        let step = state.withLock { $0.subscriptionStep(exchange) }
        switch step {
        case .reply(let reply): return reply
        case .validate(let proposal, let urls, let token):
            let milliseconds = behaviours.webhookDeadlineMilliseconds
            for url in urls {
                if let refusal = await webhooks.validate(url, token: token, within: milliseconds) {
                    return state.withLock { $0.graphError(GraphFailure(400, "ValidationError", refusal), exchange) }
                }
            }
            return state.withLock { $0.accept(proposal, exchange) }
        }
    }

    /// Decides under the lock and signs outside it.
    private func answerToken(_ exchange: Exchange, tenant: String) -> Reply {
        let outcome = state.withLock { state -> Result<TokenAnswer, IdentityFailure> in
            do throws(IdentityFailure) {
                return .success(try state.token(exchange, tenant: tenant))
            } catch {
                return .failure(error)
            }
        }
        switch outcome {
        case .success(let answer):
            if let reply = try? answer.reply() { return reply }
            return state.withLock { $0.tokenError(IdentityFailure(90090), exchange) }
        case .failure(let failure):
            return state.withLock { $0.tokenError(failure, exchange) }
        }
    }
}
