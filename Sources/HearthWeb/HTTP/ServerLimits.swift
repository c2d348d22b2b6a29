import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// What a peer may cost before its connection is cut. Hummingbird limits sizes and idleness itself;
/// the rest is ``ConnectionGuard``.
package struct ServerLimits: Sendable {
    /// From the connection, or from the first byte of a later request, to the end of its head, TLS handshake included.
    var headTimeout: TimeAmount = .seconds(10)
    /// From the end of the head to the end of the body.
    var bodyTimeout: TimeAmount = .seconds(60)
    /// How long a peer may take nothing of its answer.
    var stallTimeout: TimeAmount = .seconds(60)
    /// How long a connection may stay open between requests.
    var idleTimeout: TimeAmount = .seconds(60)
    var maximumConnections = 1024
    /// Requests sent ahead of their answers.
    var maximumPipelinedRequests = 64
    /// A body that was refused is still read and thrown away, so that the answer arrives; beyond this the connection is
    /// cut.
    var maximumDiscardedBytes = 16 * 1024 * 1024
    var maximumHeaderFieldSize = 16 * 1024
    var maximumHeaderListSize = 48 * 1024
    var maximumHeaderCount = 100
    /// The kernel's queue of connections that are not accepted yet.
    var backlog = 512

    /// Hummingbird's part of the limits, for one address.
    func applicationConfiguration(address: BindAddress, logger: Logger) -> ApplicationConfiguration {
        ApplicationConfiguration(
            address: address, backlog: backlog,
            availableConnectionsDelegate: .maximum(maximumConnections, logger: logger))
    }
}
