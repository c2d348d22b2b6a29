import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes connections whose client is too slow or sends too much, by the rules of ``ConnectionClock``.
///
/// It comes after the HTTP decoder, so it sees only complete heads. We can still tell that header bytes are arriving,
/// because the end of a read is reported even if nothing could be decoded from it.
///
/// It also answers `Expect: 100-continue` (RFC 9110, section 10.1.1); otherwise common clients wait a second before they
/// send a form.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: ServerLimits
    private var clock: ConnectionClock
    /// The connection's only timer and when it fires. It is rescheduled only if it would fire too late. Usually none is set
    /// at all, because a request that arrives in one piece has no deadline.
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?

    init(limits: ServerLimits) {
        self.limits = limits
        clock = ConnectionClock(limits: limits, connectedAt: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        setTimer(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.task.cancel()
        timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let mayGoOn: Bool
        switch unwrapInboundIn(data) {
        case .head(let head):
            mayGoOn = clock.headRead(at: .now())
            if mayGoOn { answerExpectation(of: head, context) }
        case .body(let bytes): mayGoOn = clock.bodyRead(bytes: bytes.readableBytes)
        case .end:
            clock.endRead()
            mayGoOn = true
        }
        if mayGoOn {
            context.fireChannelRead(data)
        } else {
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        clock.readComplete(at: .now())
        setTimer(context)
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        clock.writabilityChanged(isWritable: context.channel.isWritable, at: .now())
        setTimer(context)
        context.fireChannelWritabilityChanged()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { clock.answerWritten() }
        context.write(data, promise: promise)
    }

    /// Only for the first unanswered request; otherwise the answers would be out of order.
    private func answerExpectation(of head: HTTPRequest, _ context: ChannelHandlerContext) {
        guard clock.unanswered == 1, head.headerFields[.expect]?.lowercased() == "100-continue",
            let length = head.headerFields[.contentLength].flatMap({ Int($0) }), length <= AppContext.bodyLimit
        else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    private func setTimer(_ context: ChannelHandlerContext) {
        guard let deadline = clock.deadline else { return }
        if let timer {
            guard deadline < timer.deadline else { return }
            timer.task.cancel()
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: deadline) {
            let (guardian, context) = bound.value
            guardian.timerFired(context)
        }
        timer = (task, deadline)
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        timer = nil
        guard let deadline = clock.deadline else { return }
        if deadline <= .now() {
            context.close(promise: nil)
        } else {
            setTimer(context)
        }
    }
}

/// Belongs to one event loop.
@available(*, unavailable)
extension ConnectionGuard: Sendable {}
