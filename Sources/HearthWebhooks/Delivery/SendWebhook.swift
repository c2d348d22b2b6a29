import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Outbound

/// Sends one event to one target, signed according to the Standard Webhooks specification, and returns the result.
///
/// A failure within this process is not an attempt, because the endpoint had no chance to accept.
struct SendWebhook: Sendable {
    let engine: OutboundEngine
    let allowsPlainHTTP: Bool
    let now: @Sendable () -> Date

    /// - Parameter engine: the engine for URLs set by partners: it refuses internal addresses and shares no connection with
    ///   calls to Microsoft.
    init(_ dependencies: Dependencies, engine: OutboundEngine) {
        self.init(
            engine: engine, allowsPlainHTTP: dependencies.settings.allowsPlainHTTPWebhooks,
            now: dependencies.now)
    }

    init(engine: OutboundEngine, allowsPlainHTTP: Bool, now: @escaping @Sendable () -> Date) {
        self.engine = engine
        self.allowsPlainHTTP = allowsPlainHTTP
        self.now = now
    }

    private static let timeout = Duration.seconds(10)
    /// Bytes. More than is stored, so that an endpoint with a long response is not cut off while it writes it.
    private static let answerLimit = 65_536

    /// The endpoint was not called, because this process is too busy or is shutting down.
    struct NotAttempted: Error {
        let cause: OutboundError

        /// The error for a caller that waits for the result.
        var refusal: APIError {
            switch cause {
            case .shuttingDown, .cancelled: .stopping
            default: .databaseBusy
            }
        }
    }

    func send(
        _ event: RecordedEvent, to target: DeliveryTarget, of tenant: Int64, isReplay: Bool = false
    ) async throws(NotAttempted) -> WebhookAttempt {
        let now = now()
        let started = ContinuousClock.now
        let body = event.body
        let timestamp = Int(now.timeIntervalSince1970)
        var headers = [
            OutboundHeader("content-type", "application/json"), OutboundHeader("user-agent", Hearth.userAgent),
            OutboundHeader("webhook-id", event.id), OutboundHeader("webhook-timestamp", String(timestamp)),
            OutboundHeader(
                "webhook-signature", target.signature(id: event.id, timestamp: timestamp, body: body, at: now)),
        ]
        if isReplay { headers.append(OutboundHeader("hearth-replay", "true")) }
        do {
            let url = try TargetURL(target.url, allowsPlainHTTP: allowsPlainHTTP)
            let response = try await engine.send(
                OutboundRequest(
                    .post, url, headers: headers, body: body, timeout: Self.timeout,
                    maximumResponseBytes: Self.answerLimit, truncatesResponse: true, fairnessKey: tenant,
                    mayBeSentTwice: true))
            return WebhookAttempt(
                status: response.status, body: response.body,
                retryAfter: response.header("retry-after").flatMap { RetryAfter.seconds($0, at: now) },
                duration: started.duration(to: .now), at: now)
        } catch let error as OutboundError where error.isOurs {
            throw NotAttempted(cause: error)
        } catch {
            return WebhookAttempt(unreachable: "\(error)", duration: started.duration(to: .now), at: now)
        }
    }
}
