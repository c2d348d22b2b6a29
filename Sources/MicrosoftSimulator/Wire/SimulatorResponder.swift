import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The context of a request, with the connection, so that a fault can cut it.
struct SimulatorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Reads a request, records it, applies faults and has it answered.
struct SimulatorResponder: HTTPResponder {
    /// Graph accepts JSON requests of about 4 MB.
    private static let maximumBody = 4 * 1024 * 1024

    /// Thrown in place of a response when a fault cuts the connection.
    struct ConnectionCut: Error {}

    let simulator: MicrosoftSimulator

    func respond(to request: Request, context: SimulatorContext) async throws -> Response {
        var request = request
        guard let body = try? await request.collectBody(upTo: Self.maximumBody) else {
            return Reply.json(
                ["error": ["code": "RequestTooLarge", "message": "The request is too large."]], status: 413
            )
            .response(at: simulator.now)
        }
        let exchange = Exchange(
            method: request.method,
            target: request.head.path ?? "/",
            headers: request.headers,
            body: Data(body.readableBytesView),
            baseURL: simulator.baseURL(authority: request.head.authority)
        )
        let route = Route(exchange)
        if route == .control {
            defer { simulator.wakes.wake() }
            return simulator.control(exchange).response(at: simulator.now)
        }

        let arrival = simulator.arrive(exchange, route: route)
        var status = 0
        var redeemed = false
        defer { simulator.leave(arrival, status: status, redeemed: redeemed) }
        if let delay = arrival.fault?.latencyMilliseconds, delay > 0 {
            try await Task.sleep(for: .milliseconds(delay))
        }
        var reply = arrival.replacement
        if reply == nil || arrival.fault?.takesEffect == true {
            if arrival.fault?.body == .close, arrival.fault?.takesEffect != true { try cut(context) }
            let honest = await simulator.answer(exchange, route: route)
            redeemed = route.operation == .token && honest.status == 200
            reply = reply ?? honest
        }
        if let delay = arrival.fault?.answerDelayMilliseconds, delay > 0 {
            try await Task.sleep(for: .milliseconds(delay))
        }
        if arrival.fault?.body == .close { try cut(context) }
        let answer = reply ?? .empty(500)
        status = answer.status
        let response = answer.response(at: simulator.now)
        return arrival.fault?.body == .truncate ? truncated(response, answer, context) : response
    }

    private func cut(_ context: SimulatorContext) throws {
        context.channel.close(promise: nil)
        throw ConnectionCut()
    }

    /// Sends half of the body with the full `Content-Length`, then closes the connection.
    private func truncated(_ response: Response, _ reply: Reply, _ context: SimulatorContext) -> Response {
        var response = response
        let half = ByteBuffer(bytes: reply.body.prefix(reply.body.count / 2))
        let channel = context.channel
        response.body = ResponseBody(contentLength: reply.body.count) { writer in
            try await writer.write(half)
            channel.close(promise: nil)
            throw ConnectionCut()
        }
        return response
    }
}
