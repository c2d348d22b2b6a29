import FoundationEssentials
import Hummingbird
import Logging
import NIOCore
import Outbound

/// A context that knows under which id its request is answered and logged.
protocol IdentifiedRequestContext: RequestContext {
    var requestID: String { get }
}

extension IdentifiedRequestContext {
    /// Instead of the framework's, whose id of its own ``IdentifyRequest`` takes away.
    var id: String { requestID }
}

/// The context of every request, public or not. ``IdentifyRequest`` fills in what depends on the request.
struct AppContext: IdentifiedRequestContext, RemoteAddressRequestContext, Sendable {
    var coreContext: CoreRequestContextStorage
    /// The caller's `X-Request-ID` if it is usable, else one of ours.
    var requestID: String
    /// Who is calling; set by `Authenticate`.
    var identity: Identity?
    /// When the request's head arrived, by the service's clock.
    var receivedAt: Date
    /// Where the request comes from, as far as it can be believed; set by ``IdentifyRequest``.
    var clientAddress: IPAddress?
    /// The peer of the connection, which may be a proxy.
    let remoteAddress: SocketAddress?
    /// What inner layers learn about the request and outer ones report when it is over.
    let facts: RequestFacts

    /// The largest body that is read, in bytes.
    static let bodyLimit = 256 * 1024

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        requestID = ""
        identity = nil
        receivedAt = .distantPast
        clientAddress = nil
        remoteAddress = source.channel.remoteAddress
        facts = RequestFacts()
    }

    var maxUploadSize: Int { Self.bodyLimit }
}

/// What a middleware passes the request on to.
///
/// Hummingbird is built without `NonisolatedNonsendingByDefault`, where a plain `async` function type means this.
typealias NextResponder = @concurrent (Request, AppContext) async throws -> Response
