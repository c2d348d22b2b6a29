import FoundationEssentials
package import Hummingbird
import Logging
import NIOCore
package import Outbound

/// A context that knows under which id its request is answered and logged.
package protocol IdentifiedRequestContext: RequestContext {
    var requestID: String { get }
}

extension IdentifiedRequestContext {
    /// Instead of the framework's, whose id of its own ``IdentifyRequest`` takes away.
    package var id: String { requestID }
}

/// The context of every request, public or not. ``IdentifyRequest`` fills in what depends on the request.
package struct AppContext: IdentifiedRequestContext, RemoteAddressRequestContext, Sendable {
    package var coreContext: CoreRequestContextStorage
    /// The caller's `X-Request-ID` if it is usable, else one of ours.
    package var requestID: String
    /// Who is calling, as the middleware that authenticates knows it. The web layer only carries it.
    package var caller: (any Sendable)?
    /// When the request's head arrived, by the service's clock.
    var receivedAt: Date
    /// Where the request comes from, as far as it can be believed; set by ``IdentifyRequest``.
    package var clientAddress: IPAddress?
    /// The peer of the connection, which may be a proxy.
    package let remoteAddress: SocketAddress?
    /// What inner layers learn about the request and outer ones report when it is over.
    package let facts: RequestFacts

    /// The largest body that is read, in bytes.
    package static let bodyLimit = 256 * 1024

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        requestID = ""
        caller = nil
        receivedAt = .distantPast
        clientAddress = nil
        remoteAddress = source.channel.remoteAddress
        facts = RequestFacts()
    }

    package var maxUploadSize: Int { Self.bodyLimit }
}

/// What a middleware passes the request on to.
///
/// Hummingbird is built without `NonisolatedNonsendingByDefault`, where a plain `async` function type means this.
package typealias NextResponder = @concurrent (Request, AppContext) async throws -> Response
