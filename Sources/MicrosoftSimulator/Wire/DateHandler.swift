import Foundation
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Puts the simulator's time into every `Date` header, in place of the machine's.
final class DateHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let now: @Sendable () -> Date

    init(now: @escaping @Sendable () -> Date) {
        self.now = now
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data) else {
            context.write(data, promise: promise)
            return
        }
        head.headerFields[.date] = Timestamp.header(now())
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}
