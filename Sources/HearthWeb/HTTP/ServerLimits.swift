import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// The limits after which a client's connection is closed. Hummingbird enforces sizes and idleness itself; the rest is
/// ``ConnectionGuard``.
package struct ServerLimits: Sendable {
    /// From the connection, or the first byte of a later request, to the end of its head, including the TLS handshake.
    var headTimeout: TimeAmount = .seconds(10)
    /// From the end of the head to the end of the body.
    var bodyTimeout: TimeAmount = .seconds(60)
    /// How long a client may stall while we write the response.
    var stallTimeout: TimeAmount = .seconds(60)
    /// How long a connection may stay open between requests.
    var idleTimeout: TimeAmount = .seconds(60)
    var maximumConnections = 1024
    /// The maximum number of requests sent before the first of them is answered.
    var maximumPipelinedRequests = 64
    /// The body of a refused request is still read and discarded, so that the answer arrives; beyond this many bytes the
    /// connection is closed.
    var maximumDiscardedBytes = 16 * 1024 * 1024
    var maximumHeaderFieldSize = 16 * 1024
    var maximumHeaderListSize = 48 * 1024
    var maximumHeaderCount = 100
    /// The length of the kernel's queue of connections not yet accepted.
    var backlog = 512

    /// The limits that Hummingbird enforces, for one address.
    func applicationConfiguration(address: BindAddress, logger: Logger) -> ApplicationConfiguration {
        ApplicationConfiguration(
            address: address, backlog: backlog,
            availableConnectionsDelegate: .maximum(maximumConnections, logger: logger))
    }
}
