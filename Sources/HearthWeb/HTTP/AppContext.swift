import FoundationEssentials
package import Hummingbird
import Logging
import NIOCore
package import Outbound

/// A context with the id under which its request is answered and logged.
package protocol IdentifiedRequestContext: RequestContext {
    var requestID: String { get }
}

extension IdentifiedRequestContext {
    /// Replaces the framework's id, whose log entry ``IdentifyRequest`` removes.
    package var id: String { requestID }
}

/// The context of every request, public or not. ``IdentifyRequest`` sets the members that depend on the request.
package struct AppContext: IdentifiedRequestContext, RemoteAddressRequestContext, Sendable {
    package var coreContext: CoreRequestContextStorage
    /// The caller's `X-Request-ID` if it is valid, else a generated one.
    package var requestID: String
    /// The authenticated caller, set by the authentication middleware. The web layer only carries it.
    package var caller: (any Sendable)?
    /// When the request's head arrived, according to the service's clock.
    var receivedAt: Date
    /// The client's address, as far as it can be trusted; set by ``IdentifyRequest``.
    package var clientAddress: IPAddress?
    /// The peer of the connection, which may be a proxy.
    package let remoteAddress: SocketAddress?
    /// Facts that inner layers record about the request and outer layers report when it is complete.
    package let facts: RequestFacts

    /// The maximum size of a body, in bytes.
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

/// The next responder in the middleware chain.
///
/// Hummingbird is built without `NonisolatedNonsendingByDefault`, so this is what its plain `async` function type means.
package typealias NextResponder = @concurrent (Request, AppContext) async throws -> Response
