package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
package import ServiceLifecycle

/// A certificate chain and its key, as PEM files.
package struct TLSFiles: Sendable, Equatable {
    package let certificate: String
    package let key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Creates the HTTP server with all limits, with TLS if there is a certificate.
///
/// - Parameter documentation: the page that explains every error code.
/// - Throws: if the files cannot be read or do not match.
func makeServer(
    limits: ServerLimits, tls: TLSFiles?, documentation: String? = nil, logger: Logger
) throws -> HTTPServerBuilder {
    let securityHeaders = SecurityHeaders(isSecure: tls != nil)
    let plain = HTTPServerBuilder.http1(
        configuration: HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                MalformedRequestAnswer(
                    securityHeaders: securityHeaders, documentation: documentation, logger: logger),
                ConnectionGuard(limits: limits),
            ],
            idleTimeout: limits.idleTimeout,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.maximumHeaderFieldSize,
                maxHeaderListSize: limits.maximumHeaderListSize,
                maxHeaderFieldCount: limits.maximumHeaderCount)))
    guard let tls else { return plain }
    return try .tls(plain, tlsConfiguration: serverConfiguration(tls))
}

/// Creates an application for a router, with all limits of this server.
package func makeApplication<Context: RequestContext>(
    router: Router<Context>,
    address: BindAddress,
    limits: ServerLimits = ServerLimits(),
    tls: TLSFiles? = nil,
    documentation: String? = nil,
    services: [any Service] = [],
    logger: Logger,
    onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
) throws -> Application<RouterResponder<Context>> where Context.Source == ApplicationRequestContextSource {
    Application(
        router: router,
        server: try makeServer(limits: limits, tls: tls, documentation: documentation, logger: logger),
        configuration: limits.applicationConfiguration(address: address, logger: logger),
        services: services,
        onServerRunning: onServerRunning,
        logger: logger)
}

/// TLS 1.3 only, without client certificates.
private func serverConfiguration(_ files: TLSFiles) throws -> TLSConfiguration {
    let chain = try NIOSSLCertificate.fromPEMFile(files.certificate)
    let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
    var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv13
    configuration.applicationProtocols = ["http/1.1"]
    return configuration
}
