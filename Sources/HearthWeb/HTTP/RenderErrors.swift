import HTTPTypes
package import Hummingbird
import Logging
import NIOCore

/// Turns whatever is thrown below into an ``APIError``'s answer; what nobody expected is logged once, here, with its
/// cause, and becomes a 500 that says nothing.
package struct RenderErrors: Sendable {
    let allowedMethods: AllowedMethods
    /// Where every code is explained, under an anchor of its name.
    package let documentation: String?
    /// What the errors of other modules mean to a caller; `nil` for those that nobody expected.
    package let errorMapping: @Sendable (any Error) -> APIError?

    package func answer(to request: Request, _ context: AppContext, because error: any Error) -> Response {
        let refusal = refusal(for: error, request: request, context: context)
        context.facts.errorCode = refusal.code
        let answer = refusal.response(requestID: context.requestID, documentation: documentation)
        // No body follows a HEAD (RFC 9110, 9.3.2): the client would take it for the next answer.
        return request.method == .head ? answer.createHeadResponse() : answer
    }

    /// What an error means to whoever asked. What nobody expected is logged.
    package func refusal(for error: any Error, request: Request, context: AppContext) -> APIError {
        switch error {
        case let error as APIError: return error
        case let error as HTTPError: return refusal(for: error, path: request.uri.path, method: request.method)
        case let error as any HTTPResponseError:
            return Self.refusal(forStatus: error.status)
        case is CancellationError: return .stopping
        case is ChannelError, is IOError:
            // The peer is gone: nobody reads the answer, and it is not our fault.
            context.logger.debug("connection lost while reading the request")
            return .incompleteBody
        default: break
        }
        if let refusal = errorMapping(error) { return refusal }
        context.logger.error(
            "unexpected error", metadata: ["error": "\(error)", "error.type": "\(type(of: error))"])
        return .internalError
    }

    /// The router throws 404 both for an unknown path and for a method that the path does not take.
    private func refusal(for error: HTTPError, path: String, method: HTTPRequest.Method) -> APIError {
        if error.status == .notFound {
            let allowed = allowedMethods.methods(forPath: path)
            if !allowed.isEmpty, !allowed.contains(method) { return .methodNotAllowed(allowed: Array(allowed)) }
        }
        return Self.refusal(forStatus: error.status)
    }

    /// Errors of the framework, whose texts may quote the request and are therefore not passed on.
    private static func refusal(forStatus status: HTTPResponse.Status) -> APIError {
        switch status {
        case .notFound: .notFound
        case .contentTooLarge: .payloadTooLarge(maximumBytes: AppContext.bodyLimit)
        case .unsupportedMediaType: .unsupportedMediaType()
        case .unauthorized: .unauthenticated
        case let status where status.kind == .clientError: .badRequest
        default: .internalError
        }
    }
}
