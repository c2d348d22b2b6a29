package import Foundation
import HearthRules
import HearthWeb
package import Postgres
package import StrictJSON

/// One attempt to deliver an event, with its result.
package struct WebhookAttempt: Sendable {
    package enum Outcome: String, Sendable {
        case accepted
        /// A status other than 2xx and 410.
        case refused
        case unreachable
        /// Status 410: the endpoint wants no more events.
        case gone
    }

    package let outcome: Outcome
    package let statusCode: Int?
    let duration: Duration
    /// The first kilobyte of the response body.
    package let answer: String?
    /// Why the attempt failed; nil if it was accepted.
    package let error: String?
    /// Seconds that the endpoint asked us to wait.
    let retryAfter: Int?
    package let attemptedAt: Date

    private static let answerLimit = 1_024

    init(status: Int, body: [UInt8], retryAfter: Int?, duration: Duration, at now: Date) {
        outcome = (200..<300).contains(status) ? .accepted : status == 410 ? .gone : .refused
        statusCode = status
        self.duration = duration
        answer = String(decoding: body.prefix(Self.answerLimit), as: UTF8.self).replacingOccurrences(of: "\0", with: "")
        error = Self.words(for: status)
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

    private static func words(for status: Int) -> String? {
        switch status {
        case 200..<300: nil
        case 300..<400: "answered \(status); redirects are not followed"
        case 410: "answered 410; the endpoint wants no more events"
        default: "answered \(status); expected 2xx"
        }
    }

    /// The time until which the endpoint asks for no requests at all. 429 and 503 concern the whole service (RFC 9110,
    /// 15.6.4), any other status only the event. Limited to the longest block; a longer pause delays this delivery only.
    func pauseAsked(at now: Date) -> Date? {
        guard statusCode == 429 || statusCode == 503, let retryAfter else { return nil }
        return now.addingTimeInterval(min(TimeInterval(retryAfter), EndpointHealth.longestBlock))
    }

    /// The part of a settling statement that records the attempt, after its CTE `lane`. The attempt is recorded even if the
    /// lease was lost, but not if the lane has been erased.
    package func insert(_ lane: WebhookLane, _ number: Int64) -> SQL {
        """
        INSERT INTO webhook_attempts (tenant_id, endpoint_id, lane_key, number, attempted_at, lease_no, attempt, outcome,
            status_code, duration_ms, answer, error)
        SELECT \(lane.tenantID), \(lane.endpointID), \(lane.key), \(number), \(attemptedAt), \(lane.lease),
            \(lane.attempts + 1), \(outcome.rawValue), \(statusCode), \(Int(duration / .milliseconds(1))), \(answer), \(error)
        WHERE EXISTS (SELECT FROM lane) OR EXISTS (SELECT FROM (
            SELECT 1 FROM webhook_lanes WHERE tenant_id = \(lane.tenantID) AND endpoint_id = \(lane.endpointID)
                AND lane_key = \(lane.key) FOR KEY SHARE) AS kept)
        ON CONFLICT DO NOTHING
        """
    }
}

extension WebhookAttempt {
    /// Writes the public members into an object.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("outcome", outcome.rawValue)
        json.member("status_code", statusCode)
        json.member("latency_ms", Int(duration / .milliseconds(1)))
        json.member("answer", answer)
        json.member("error", error)
        json.member("attempted_at", attemptedAt)
    }
}
