import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging

/// Sets a request's id, time, trace, logger and client address.
struct IdentifyRequest: Sendable {
    let now: @Sendable () -> Date
    let clientAddress: ClientAddress
    /// Generates an id for requests without one.
    let makeRequestID: @Sendable () -> String
    /// Random numbers for trace and span ids.
    let randomNumber: @Sendable () -> UInt64

    func identify(_ request: Request, in context: inout AppContext) -> TraceContext {
        context.requestID = RequestIdentifier.accepted(request.headers) ?? makeRequestID()
        context.receivedAt = now()
        context.clientAddress = clientAddress.of(
            peer: context.remoteAddress?.ipAddress, forwarded: request.headers[values: .forwardedFor])
        let trace = trace(of: request.headers)
        // The framework's id appears nowhere else.
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request.id"] = .string(context.requestID)
        context.logger[metadataKey: "trace.id"] = .string(trace.traceID)
        return trace
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
