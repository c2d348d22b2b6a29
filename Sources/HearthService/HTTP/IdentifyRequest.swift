import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging

/// Outermost: gives the request its id, its time, its trace and its logger, and puts the id on every answer.
struct IdentifyRequest: RouterMiddleware {
    let now: @Sendable () -> Date
    let clientAddress: ClientAddress
    /// Makes an id for requests that come without one.
    let makeRequestID: @Sendable () -> String
    /// Random numbers for trace and span ids.
    let randomNumber: @Sendable () -> UInt64

    func handle(
        _ request: Request, context: AppContext, next: NextResponder
    ) async throws -> Response {
        var context = context
        context.requestID = RequestIdentifier.accepted(request.headers) ?? makeRequestID()
        context.receivedAt = now()
        context.clientAddress = clientAddress.of(
            peer: context.remoteAddress?.ipAddress, forwarded: request.headers[values: .forwardedFor])
        let trace = trace(of: request.headers)
        context.logger[metadataKey: "request.id"] = .string(context.requestID)
        context.logger[metadataKey: "trace.id"] = .string(trace.traceID)
        var response = try await TraceContext.$current.withValue(trace) {
            try await withLogger(context.logger) { _ in
                try await next(request, context)
            }
        }
        response.headers[.requestID] = context.requestID
        return response
    }

    private func trace(of headers: HTTPFields) -> TraceContext {
        let spanID = max(randomNumber(), 1)
        if let header = headers[.traceParent], let trace = TraceContext(continuing: header, spanID: spanID) {
            return trace
        }
        return TraceContext(
            traceHigh: randomNumber(), traceLow: max(randomNumber(), 1), spanID: spanID, isSampled: false)
    }
}
