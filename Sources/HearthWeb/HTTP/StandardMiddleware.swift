package import FoundationEssentials
package import Hummingbird
import Logging
import NIOHTTP1
package import Outbound

/// The middleware around every route, in its order. It is a single middleware, because every layer costs another
/// asynchronous call per request.
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
    /// The proxies whose `X-Forwarded-For` is trusted.
    package var trustedProxies: [CIDR] = []
    /// Whether clients reach the service by TLS, terminated here or by a proxy.
    package var isSecure = false
    /// Converts errors of other modules into those that a caller sees.
    package var errorMapping: @Sendable (any Error) -> APIError? = { _ in nil }
    /// The reference page, which explains every code.
    package var documentation: String?
    private let allowedMethods = AllowedMethods()

    package init(measure: @escaping AccessLog.Measure, now: @escaping @Sendable () -> Date) {
        self.measure = measure
        self.now = now
    }

    /// Converts thrown errors into answers; groups of pages render them in their own way.
    package var errors: RenderErrors {
        RenderErrors(allowedMethods: allowedMethods, documentation: documentation, errorMapping: errorMapping)
    }

    /// Adds the middleware. It applies to routes that are added afterwards, and to unknown paths.
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

    /// Must be called after the last route was added; from then on 405 can be distinguished from 404.
    package func routesAreComplete(on router: Router<AppContext>) {
        allowedMethods.learn(router)
    }
}
