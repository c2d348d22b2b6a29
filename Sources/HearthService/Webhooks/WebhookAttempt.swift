import Foundation
import Postgres

/// One try to deliver, and what came back.
struct WebhookAttempt: Sendable {
    enum Outcome: String, Sendable {
        case accepted
        /// An answer other than 2xx.
        case refused
        case unreachable
        /// 410: the endpoint wants nothing any more.
        case gone
    }

    let outcome: Outcome
    let statusCode: Int?
    let duration: Duration
    /// The first kilobyte of what came back.
    let answer: String?
    let error: String?
    /// Seconds that the endpoint asked us to wait.
    let retryAfter: Int?
    let attemptedAt: Date

    private static let answerLimit = 1_024

    init(status: Int, body: [UInt8], retryAfter: Int?, duration: Duration, at now: Date) {
        outcome = (200..<300).contains(status) ? .accepted : status == 410 ? .gone : .refused
        statusCode = status
        self.duration = duration
        answer = String(decoding: body.prefix(Self.answerLimit), as: UTF8.self).replacingOccurrences(of: "\0", with: "")
        error = (300..<400).contains(status) ? "redirects are not followed" : nil
        self.retryAfter = retryAfter
        attemptedAt = now
    }

    init(unreachable words: String, duration: Duration, at now: Date) {
        outcome = .unreachable
        statusCode = nil
        self.duration = duration
        answer = nil
        error = String(words.prefix(1_000))
        retryAfter = nil
        attemptedAt = now
    }

    func insert(_ lane: WebhookLane, _ number: Int64) -> SQL {
        """
        INSERT INTO webhook_attempts (tenant_id, endpoint_id, lane_key, number, attempted_at, lease_no, attempt, outcome,
            status_code, duration_ms, answer, error)
        VALUES (\(lane.tenantID), \(lane.endpointID), \(lane.key), \(number), \(attemptedAt), \(lane.lease),
            \(lane.attempts + 1), \(outcome.rawValue), \(statusCode), \(Int(duration / .milliseconds(1))), \(answer), \(error))
        ON CONFLICT DO NOTHING
        """
    }
}
