import HTTPTypes
package import Hummingbird
import Logging
import NIOCore

/// Converts any thrown error into an ``APIError``'s answer. Unexpected errors are logged here, once, with their cause, and
/// become a 500 that reveals nothing.
package struct RenderErrors: Sendable {
    let allowedMethods: AllowedMethods
    /// The page that explains every code, with the code as the anchor.
    package let documentation: String?
    /// Converts errors of other modules; returns nil for unexpected ones.
    package let errorMapping: @Sendable (any Error) -> APIError?

    package func answer(to request: Request, _ context: AppContext, because error: any Error) -> Response {
        let refusal = refusal(for: error, request: request, context: context)
        context.facts.errorCode = refusal.code
        let answer = refusal.response(requestID: context.requestID, documentation: documentation)
        // A HEAD response has no body (RFC 9110, 9.3.2): the client would treat it as the next response.
        return request.method == .head ? answer.createHeadResponse() : answer
    }

    /// Returns the error that the caller sees. Unexpected errors are logged.
    package func refusal(for error: any Error, request: Request, context: AppContext) -> APIError {
        switch error {
        case let error as APIError: return error
        case let error as HTTPError: return refusal(for: error, path: request.uri.path, method: request.method)
        case let error as any HTTPResponseError:
            return Self.refusal(forStatus: error.status)
        case is CancellationError: return .stopping
        case is ChannelError, is IOError:
            // The peer is gone: nobody reads the answer, and it is not our error.
            context.logger.debug("connection lost while reading the request")
            return .incompleteBody
        default: break
        }
        if let refusal = errorMapping(error) { return refusal }
        context.logger.error(
            "unexpected error", metadata: ["error": "\(error)", "error.type": "\(type(of: error))"])
        return .internalError
    }

    /// The router throws 404 both for an unknown path and for an unsupported method.
    private func refusal(for error: HTTPError, path: String, method: HTTPRequest.Method) -> APIError {
        if error.status == .notFound {
            let allowed = allowedMethods.methods(forPath: path)
            if !allowed.isEmpty, !allowed.contains(method) { return .methodNotAllowed(allowed: Array(allowed)) }
        }
        return Self.refusal(forStatus: error.status)
    }

    /// Converts errors of the framework, whose messages may quote the request and are therefore not passed on.
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
