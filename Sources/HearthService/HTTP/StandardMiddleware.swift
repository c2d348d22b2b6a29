import FoundationEssentials
import Hummingbird
import Outbound

/// What stands before every route, and in which order.
///
/// ```swift
/// let router = Router(context: AppContext.self)
/// standard.install(on: router)
/// // … add the routes …
/// standard.routesAreComplete(on: router)
/// ```
struct StandardMiddleware: Sendable {
    let meters: RequestMeters
    let now: @Sendable () -> Date
    var makeRequestID: @Sendable () -> String = RequestIdentifier.random
    var randomNumber: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    /// Whose `X-Forwarded-For` is believed.
    var trustedProxies: [CIDR] = []
    /// Whether the service is reached by TLS, its own or a proxy's.
    var isSecure = false
    /// What the errors of other modules mean to a caller.
    var errorMapping: @Sendable (any Error) -> APIError? = { _ in nil }
    /// The reference page, which explains every code.
    var documentation: String?
    private let allowedMethods = AllowedMethods()

    init(meters: RequestMeters, now: @escaping @Sendable () -> Date) {
        self.meters = meters
        self.now = now
    }

    /// What becomes of whatever is thrown; groups of pages show it in their own way.
    var errors: RenderErrors {
        RenderErrors(allowedMethods: allowedMethods, documentation: documentation, errorMapping: errorMapping)
    }

    /// Outermost first. Routes that are added afterwards are behind all of it, and so is the answer to unknown paths.
    func install(on router: Router<AppContext>) {
        router.add(
            middleware: IdentifyRequest(
                now: now, clientAddress: ClientAddress(trustedProxies: trustedProxies), makeRequestID: makeRequestID,
                randomNumber: randomNumber))
        router.add(middleware: AccessLog(meters: meters))
        router.add(middleware: AnnounceRateLimit())
        router.add(middleware: SecurityHeaders(isSecure: isSecure))
        router.add(middleware: errors)
    }

    /// Must be called after the last route was added: from then on a wrong method is told from an unknown path.
    func routesAreComplete(on router: Router<AppContext>) {
        allowedMethods.learn(router)
    }
}
