import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTesting
import Synchronization

/// A subscriber's server on a port of its own. It answers validations, and everything else as the test says.
final class Receiver: Sendable {
    struct Post: Sendable {
        let path: String
        let query: String
        let contentType: String
        let body: String

        /// The notifications in the body.
        var items: [[String: Any]] {
            let json = (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any]
            return json?["value"] as? [[String: Any]] ?? []
        }
    }

    private struct State {
        var posts: [Post] = []
        var statuses: [Int] = []
        var echo: @Sendable (String) -> (status: Int, type: String, body: String) = { (200, "text/plain", $0) }
    }

    private let state = Mutex(State())
    private let port = Mutex(0)

    private let scheme: String

    private init(scheme: String) {
        self.scheme = scheme
    }

    /// - Parameter server: plain HTTP by default.
    static func run(
        server: HTTPServerBuilder? = nil, _ body: @Sendable (Receiver) async throws -> Void
    ) async throws {
        let receiver = Receiver(scheme: server == nil ? "http" : "https")
        let router = Router()
        router.post("**") { request, _ in
            let text = String(buffer: try await request.body.collect(upTo: 1_000_000))
            return receiver.answer(request, body: text)
        }
        try await Application(router: router, server: server ?? .http1()).test(.live) { client in
            receiver.port.withLock { $0 = client.port ?? 0 }
            try await body(receiver)
        }
    }

    var url: String { "\(scheme)://127.0.0.1:\(port.withLock { $0 })/notify" }

    /// Validations and notifications, in order.
    var posts: [Post] { state.withLock { $0.posts } }

    /// All notifications, in the order of their arrival.
    var items: [[String: Any]] { posts.flatMap(\.items) }

    func clear() { state.withLock { $0.posts = [] } }

    /// The statuses of the next answers to notifications; 202 after them.
    func answer(with statuses: [Int]) { state.withLock { $0.statuses = statuses } }

    /// How validations are answered, given the decoded token.
    func echo(_ answer: @escaping @Sendable (String) -> (status: Int, type: String, body: String)) {
        state.withLock { $0.echo = answer }
    }

    private func answer(_ request: Request, body: String) -> Response {
        let query = request.uri.query ?? ""
        return state.withLock { state in
            state.posts.append(
                Post(
                    path: request.uri.path, query: query, contentType: request.headers[.contentType] ?? "", body: body))
            guard let range = query.range(of: "validationToken=") else {
                let status = state.statuses.isEmpty ? 202 : state.statuses.removeFirst()
                return Response(status: .init(code: status))
            }
            let token = query[range.upperBound...].replacingOccurrences(of: "+", with: " ").removingPercentEncoding
            let echo = state.echo(token ?? "")
            return Response(
                status: .init(code: echo.status), headers: [.contentType: echo.type],
                body: .init(byteBuffer: ByteBuffer(string: echo.body)))
        }
    }
}

extension Site {
    /// A request for a subscription, with `changes` applied; nil removes a member.
    static func subscription(_ url: String, _ changes: [String: String?] = [:]) -> String {
        var members: [String: String?] = [
            "changeType": "created", "notificationUrl": url, "resource": "me/messages",
            "expirationDateTime": "2026-03-05T00:00:00Z", "clientState": "secret",
        ]
        members.merge(changes) { _, new in new }
        let body = members.compactMapValues { $0 }
        let data = (try? JSONSerialization.data(withJSONObject: body)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    func subscribe(
        _ receiver: Receiver, _ changes: [String: String?] = [:], token: String, immutable: Bool = false
    ) async throws -> Answer {
        let body = Self.subscription(receiver.url, changes)
        return try await mail(.post, "/subscriptions", body, token: token, immutable: immutable)
    }
}
