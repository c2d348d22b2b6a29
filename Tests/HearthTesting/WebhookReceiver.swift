import HTTPTypes
import HearthWebhooks
import StrictJSON
import TestSupport
import Testing

/// A partner's webhook endpoint: a real server that answers as a test says and remembers what it received.
package final class WebhookReceiver: Sendable {
    package struct Delivery: Sendable {
        package let id: String
        /// In seconds since 1970.
        package let timestamp: Int
        package let signature: String
        package let isReplay: Bool
        package let body: [UInt8]
        package let event: TestEvent

        /// Whether the signature is one of that secret.
        package func isSigned(with secret: String) -> Bool {
            guard let secret = WebhookSecret(secret) else { return false }
            let expected = secret.signature(id: id, timestamp: timestamp, body: body)
            return signature.split(separator: " ").contains { $0 == expected }
        }
    }

    /// The answer to a delivery.
    package struct Answer: Sendable, ExpressibleByStringLiteral {
        package let status: String
        package let headers: String

        /// - Parameter headers: lines that end with CRLF.
        package init(_ status: String, headers: String = "") {
            self.status = status
            self.headers = headers
        }

        package init(stringLiteral status: String) { self.init(status) }

        package static let accepted: Answer = "200 OK"
    }

    private let received: TestBox<[Delivery]>
    private let behaviour: TestBox<@Sendable (Delivery) -> Answer>
    private let server: LoopbackServer

    private init() throws {
        let received = TestBox<[Delivery]>([])
        let behaviour = TestBox<@Sendable (Delivery) -> Answer>({ _ in .accepted })
        (self.received, self.behaviour) = (received, behaviour)
        server = try LoopbackServer { connection in
            while let request = connection.readRequest() {
                guard let delivery = Delivery(request) else { return connection.answer("400 Bad Request") }
                received.withLock { $0.append(delivery) }
                let answer = behaviour.withLock { $0 }(delivery)
                connection.answer(answer.status, headers: answer.headers)
            }
        }
    }

    /// Runs `body` with a receiver that accepts everything until it is told otherwise.
    package static func with<Value>(_ body: (WebhookReceiver) async throws -> Value) async throws -> Value {
        let receiver = try WebhookReceiver()
        defer { receiver.server.stop() }
        return try await body(receiver)
    }

    package var url: String { "http://127.0.0.1:\(server.port)/hook" }

    /// In the order of their arrival, whatever was answered.
    package var deliveries: [Delivery] { received.withLock { $0 } }
    package var types: [String] { deliveries.map(\.event.type) }

    /// Changes what is answered from now on.
    package func behave(_ behaviour: @escaping @Sendable (Delivery) -> Answer) {
        self.behaviour.withLock { $0 = behaviour }
    }

    package func clear() { received.withLock { $0 = [] } }
}

extension WebhookReceiver.Delivery {
    fileprivate init?(_ request: ReceivedRequest) {
        guard let id = request.header("webhook-id"),
            let timestamp = request.header("webhook-timestamp").flatMap({ Int($0) }),
            let signature = request.header("webhook-signature"),
            let value = try? JSONParser().parse(request.body).value, let event = try? TestEvent(value)
        else { return nil }
        self.id = id
        self.timestamp = timestamp
        self.signature = signature
        isReplay = request.header("hearth-replay") != nil
        body = request.body
        self.event = event
    }
}

extension TestPartner {
    /// An endpoint of the partner's, and the secret that its deliveries are signed with.
    package func webhook(
        _ receiver: WebhookReceiver, events: [String] = ["*"]
    ) async throws -> (id: Int64, secret: String) {
        let names = events.map { "\"\($0)\"" }.joined(separator: ",")
        let answer = try await call(.post, "/webhooks/endpoints", #"{"url":"\#(receiver.url)","events":[\#(names)]}"#)
        return (
            try #require(answer.data?["id"]?.asInteger, "\(answer.text)"),
            try #require(answer.data?["secret"]?.asString)
        )
    }
}
