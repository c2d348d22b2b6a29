import Foundation
import HearthCore
import HearthWeb
import Postgres
import StrictJSON

/// A stored event with its position, as the feed shows it and deliveries carry it: the same bytes every time.
struct RecordedEvent: Sendable {
    /// The `webhook-id`; the same for all retries and replays.
    let id: String
    /// 0 for an event that is not in the feed.
    let position: Int64
    let createdAt: Date
    let type: String
    private let action: String
    private let sequence: Int
    private let account: String
    private let data: String

    /// Columns of `events`, with the alias `e`.
    static let columns = "e.tenant_id, e.position, e.created_at, e.type, e.action, e.sequence, e.account, e.data"

    init(row: Row) throws {
        position = try row["position"]
        id = EventID(tenant: try row["tenant_id"], position: position).text
        createdAt = try row["created_at"]
        type = try row["type"]
        action = try row["action"]
        sequence = try row["sequence"]
        account = (try row["account"] as JSONText).text
        data = (try row["data"] as JSONText).text
    }

    /// Creates a test event, which is not in the feed.
    init(_ event: OutboxEvent, id: String) {
        self.id = id
        position = 0
        createdAt = event.createdAt
        type = event.type
        action = event.action
        sequence = event.sequence
        account = event.account
        data = event.data
    }

    /// The body of a delivery: the members of Mailivery's webhooks first, then ours.
    var body: [UInt8] {
        var json = JSONWriter()
        write(to: &json, showsPosition: false)
        return json.bytes
    }

    func write(to json: inout JSONWriter, showsPosition: Bool) {
        json.object { json in
            json.member("type", type)
            json.member("action", action)
            json.member("account", raw: account)
            json.member("event_id", id)
            if showsPosition { json.member("position", position) }
            json.member("sequence", sequence)
            json.member("created_at", RFC3339.format(createdAt))
            json.member("data", raw: data)
        }
    }
}
