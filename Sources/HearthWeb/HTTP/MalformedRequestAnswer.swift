import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Adds a JSON error body to the server's answer to malformed HTTP.
///
/// Such a request never reaches the router. The server answers it itself, after the requests before it, with an empty 400,
/// and closes the connection. The body is filled in here; none of our own answers is an empty 400.
final class MalformedRequestAnswer: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let securityHeaders: SecurityHeaders
    private let documentation: String?
    private let logger: Logger
    private var failure: HTTPParserError?
    /// The head of the request being read, if it was well-formed.
    private var head: HTTPRequest?

    /// - Parameter documentation: the page that explains every code, to which the answer links.
    init(securityHeaders: SecurityHeaders, documentation: String?, logger: Logger) {
        self.securityHeaders = securityHeaders
        self.documentation = documentation
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end: head = nil
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError { failure = error }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let failure, case .head(let empty) = unwrapOutboundIn(data), empty.status == .badRequest,
            empty.headerFields[.contentLength] == "0"
        else { return context.write(data, promise: promise) }
        let refusal = APIError.malformedRequest(failure)
        let requestID = head.flatMap { RequestIdentifier.accepted($0.headerFields) } ?? RequestIdentifier.random()
        // If there is a head, the access log already has a line.
        if head == nil { report(refusal, requestID: requestID, context) }
        let body = refusal.body(requestID: requestID, documentation: documentation)
        var answer = HTTPResponse(status: refusal.status, headerFields: refusal.headers)
        answer.headerFields[.contentType] = Envelope.contentType
        answer.headerFields[.contentLength] = String(body.count)
        answer.headerFields[.connection] = "close"
        answer.headerFields[.requestID] = requestID
        securityHeaders.complete(&answer.headerFields)
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: promise)
    }

    private func report(_ refusal: APIError, requestID: String, _ context: ChannelHandlerContext) {
        var metadata: Logger.Metadata = [
            "request.id": .string(requestID), "http.status": .stringConvertible(refusal.status.code),
            "error.code": .string(refusal.code),
        ]
        if let address = context.remoteAddress?.ipAddress { metadata["http.remote"] = .string(address) }
        logger.info("request", metadata: metadata)
    }
}

/// Belongs to one event loop.
@available(*, unavailable)
extension MalformedRequestAnswer: Sendable {}
