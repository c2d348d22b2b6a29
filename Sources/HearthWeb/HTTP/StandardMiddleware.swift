package import FoundationEssentials
package import Hummingbird
import Logging
import NIOHTTP1
package import Outbound

/// What stands around every route, and in which order. One middleware, not one for each part: every layer of them is
/// another asynchronous call of each request.
///
/// ```swift
/// let router = Router(context: AppContext.self)
/// standard.install(on: router)
/// // … add the routes …
/// standard.routesAreComplete(on: router)
/// ```
package struct StandardMiddleware: RouterMiddleware {
    package let measure: AccessLog.Measure
    let now: @Sendable () -> Date
    var makeRequestID: @Sendable () -> String = RequestIdentifier.random
    var randomNumber: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    /// Whose `X-Forwarded-For` is believed.
    package var trustedProxies: [CIDR] = []
    /// Whether the service is reached by TLS, its own or a proxy's.
    package var isSecure = false
    /// What the errors of other modules mean to a caller.
    package var errorMapping: @Sendable (any Error) -> APIError? = { _ in nil }
    /// The reference page, which explains every code.
    package var documentation: String?
    private let allowedMethods = AllowedMethods()

    package init(measure: @escaping AccessLog.Measure, now: @escaping @Sendable () -> Date) {
        self.measure = measure
        self.now = now
    }

    /// What becomes of whatever is thrown; groups of pages show it in their own way.
    package var errors: RenderErrors {
        RenderErrors(allowedMethods: allowedMethods, documentation: documentation, errorMapping: errorMapping)
    }

    /// Routes that are added afterwards are behind it, and so is the answer to unknown paths.
    package func install(on router: Router<AppContext>) {
        router.add(middleware: self)
    }

    package func handle(_ request: Request, context: AppContext, next: NextResponder) async throws -> Response {
        let start = ContinuousClock.now
        var identified = context
        let trace = identification.identify(request, in: &identified)
        let context = identified
        var response: Response
        do {
            response = try await TraceContext.$current.withValue(trace) {
                try await withLogger(context.logger) { _ in
                    try await next(request, context)
                }
            }
        } catch let error as HTTPParserError {
            log.malformed(request, context, since: start)
            throw error  // The server answers (MalformedRequestAnswer) and closes the connection.
        } catch {
            response = errors.answer(to: request, context, because: error)
        }
        SecurityHeaders(isSecure: isSecure).complete(&response.headers)
        context.facts.rateLimit?.write(to: &response.headers)
        response.headers[.requestID] = context.requestID
        return log.following(response, to: request, context, since: start)
    }

    private var identification: IdentifyRequest {
        IdentifyRequest(
            now: now, clientAddress: ClientAddress(trustedProxies: trustedProxies), makeRequestID: makeRequestID,
            randomNumber: randomNumber)
    }

    private var log: AccessLog { AccessLog(measure: measure) }

    /// Must be called after the last route was added: from then on a wrong method is told from an unknown path.
    package func routesAreComplete(on router: Router<AppContext>) {
        allowedMethods.learn(router)
    }
}
