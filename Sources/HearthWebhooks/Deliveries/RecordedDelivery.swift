package import Foundation
import HearthCore
package import HearthRules
import HearthWeb
import Postgres
package import StrictJSON

/// A delivery as shown to its tenant, with its attempts.
package struct RecordedDelivery: Sendable {
    package typealias Status = DeliveryStatus

    package let id: DeliveryID
    package let tenantID: Int64
    package let eventPosition: Int64
    /// Nil if the event is no longer kept.
    package let eventType: String?
    package let eventCreatedAt: Date
    package let status: Status
    let settledAt: Date?
    /// When the next attempt is due, or when the lease of the current one ends; nil unless it is the head of its lane.
    package let nextAttemptAt: Date?
    package var attempts: [Attempt] = []

    package struct Attempt: Sendable {
        package let number: Int
        package let outcome: String
        package let statusCode: Int?
        package let milliseconds: Int
        package let answer: String?
        package let error: String?
        package let attemptedAt: Date
    }

    /// Columns of the aliases `d` (delivery), `l` (its lane) and `e` (its event).
    package static let columns =
        """
        d.tenant_id, d.endpoint_id, d.lane_key, d.number, d.event_position, d.event_created_at, d.status,
        coalesce(d.delivered_at, d.exhausted_at) AS settled_at, e.type,
        CASE WHEN d.number = l.next THEN l.due_at END AS next_attempt_at
        """
}

extension RecordedDelivery {
    init(row: Row) throws {
        self.init(
            id: DeliveryID(endpoint: try row["endpoint_id"], lane: try row["lane_key"], number: try row["number"]),
            tenantID: try row["tenant_id"], eventPosition: try row["event_position"],
            eventType: try row[nullable: "type"],
            eventCreatedAt: try row["event_created_at"], status: try row["status"],
            settledAt: try row[nullable: "settled_at"],
            nextAttemptAt: try row[nullable: "next_attempt_at"])
    }

    package var cursor: DeliveryCursor { DeliveryCursor(position: eventPosition, delivery: id) }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id.text)
            json.member("endpoint_id", id.endpoint)
            json.member("event_id", EventID(tenant: tenantID, position: eventPosition).text)
            json.member("event_type", eventType)
            json.member("event_created_at", eventCreatedAt)
            json.member("is_replay", WebhookLane.isReplay(id.lane))
            json.member("status", status.rawValue)
            json.member("settled_at", settledAt)
            json.member("next_attempt_at", nextAttemptAt)
            json.array("attempts") { json in
                for attempt in attempts { attempt.write(to: &json) }
            }
        }
    }
}

extension RecordedDelivery.Attempt {
    init(row: Row) throws {
        self.init(
            number: try row["attempt"], outcome: try row["outcome"], statusCode: try row[nullable: "status_code"],
            milliseconds: try row["duration_ms"], answer: try row[nullable: "answer"],
            error: try row[nullable: "error"],
            attemptedAt: try row["attempted_at"])
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("attempt", number)
            json.member("outcome", outcome)
            json.member("status_code", statusCode)
            json.member("latency_ms", milliseconds)
            json.member("answer", answer)
            json.member("error", error)
            json.member("attempted_at", attemptedAt)
        }
    }
}
