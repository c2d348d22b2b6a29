package import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Writes one log line and one measurement per request, when its answer is complete. Never a path, a query or a body: only
/// the route's pattern.
package struct AccessLog: Sendable {
    package typealias Measure = @Sendable (HTTPRequest.Method, String, HTTPResponse.Status, Duration) -> Void

    /// Called for each finished request with its method, route pattern, status and duration.
    let measure: Measure
    /// Route patterns whose successful requests are logged at debug level, such as `/healthz`.
    var quietRoutes: Set<String> = ["/healthz", "/readyz"]

    /// Returns the same answer, reported when it is complete.
    func following(
        _ answer: Response, to request: Request, _ context: AppContext, since start: ContinuousClock.Instant
    ) -> Response {
        var response = answer
        guard response.body.contentLength == nil else {
            report(request, context, status: response.status, start: start, isComplete: true)
            return response
        }
        // A streamed answer is complete when its last byte has been written.
        let body = response.body
        let status = response.status
        response.body = ResponseBody { writer in
            do {
                try await body.write(writer)
            } catch {
                report(request, context, status: status, start: start, isComplete: false)
                throw error
            }
            report(request, context, status: status, start: start, isComplete: true)
        }
        return response
    }

    /// Reports a request that could not be fully parsed, to which the server answers 400.
    func malformed(_ request: Request, _ context: AppContext, since start: ContinuousClock.Instant) {
        report(request, context, status: .badRequest, start: start, isComplete: false)
    }

    private func report(
        _ request: Request, _ context: AppContext, status: HTTPResponse.Status, start: ContinuousClock.Instant,
        isComplete: Bool
    ) {
        let duration = ContinuousClock.now - start
        let route = context.endpointPath ?? "NotFound"
        measure(request.method, route, status, duration)
        let isQuiet = quietRoutes.contains(route) && status.code < 400
        context.logger.log(
            level: isQuiet ? .debug : .info, "request",
            metadata: metadata(
                request, context, route: route, status: status, duration: duration, isComplete: isComplete))
    }

    private func metadata(
        _ request: Request, _ context: AppContext, route: String, status: HTTPResponse.Status, duration: Duration,
        isComplete: Bool
    ) -> Logger.Metadata {
        var metadata = Logger.Metadata(minimumCapacity: 9)
        metadata["http.method"] = .string(request.method.rawValue)
        metadata["http.route"] = .string(route)
        metadata["http.status"] = .stringConvertible(status.code)
        metadata["duration_ms"] = .stringConvertible(duration.roundedMilliseconds)
        if let address = context.clientAddress { metadata["http.remote"] = .string("\(address)") }
        for (field, id) in context.facts.caller { metadata[field] = .stringConvertible(id) }
        if let code = context.facts.errorCode { metadata["error.code"] = .string(code) }
        if !isComplete { metadata["http.incomplete"] = .stringConvertible(true) }
        return metadata
    }
}

extension Duration {
    /// Milliseconds with three decimals.
    fileprivate var roundedMilliseconds: Double {
        let (seconds, attoseconds) = components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        return Double(microseconds) / 1000
    }
}
