package import Foundation
import HearthRules
import HearthWeb
package import Postgres
package import StrictJSON

/// One try to deliver, and what came back.
package struct WebhookAttempt: Sendable {
    package enum Outcome: String, Sendable {
        case accepted
        /// An answer other than 2xx.
        case refused
        case unreachable
        /// 410: the endpoint wants nothing any more.
        case gone
    }

    package let outcome: Outcome
    package let statusCode: Int?
    let duration: Duration
    /// The first kilobyte of what came back.
    package let answer: String?
    /// What is wrong, in words; nil when it was accepted.
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
        case 410: "answered 410: nothing more is wanted there"
        default: "answered \(status); only 2xx accepts"
        }
    }

    /// Until when the whole endpoint asks to be left alone: 429 and 503 speak for the service (RFC 9110, 15.6.4), any
    /// other answer for what was sent. A longer pause holds for the delivery alone.
    func pauseAsked(at now: Date) -> Date? {
        guard statusCode == 429 || statusCode == 503, let retryAfter else { return nil }
        return now.addingTimeInterval(min(TimeInterval(retryAfter), EndpointHealth.longestBlock))
    }

    /// A part of a statement whose `lane` has settled the delivery. A lease that was lost is no reason not to write an
    /// attempt down; a lane that was erased meanwhile is.
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
    /// As it is shown, within an object.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("outcome", outcome.rawValue)
        json.member("status_code", statusCode)
        json.member("latency_ms", Int(duration / .milliseconds(1)))
        json.member("answer", answer)
        json.member("error", error)
        json.member("attempted_at", attemptedAt)
    }
}
