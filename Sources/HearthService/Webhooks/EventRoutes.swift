import Foundation
import Hummingbird
import Postgres
import StrictJSON

/// The feed. Positions are gapless and in commit order, so `after` never skips an event that commits late.
struct EventRoutes {
    let database: Database

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        let id = try context.eventID()
        let event = try await database.read(
            """
            SELECT \(unescaped: RecordedEvent.columns) FROM events e
            WHERE e.tenant_id = \(context.tenantID) AND e.position = \(id.position(for: context.tenantID))
            """
        ).first.map(RecordedEvent.init)
        guard let event else { throw APIError.eventNotFound }
        return Envelope.response(code: "EVENT_FETCHED", message: "Event fetched") {
            event.write(to: &$0, showsPosition: true)
        }
    }

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        var fields = try Fields(query: request.uri.query)
        let after = fields.integer("after", in: 0...9_007_199_254_740_991) ?? 0
        let limit = fields.integer("limit", in: 1...1_000) ?? 100
        try fields.validated()
        let events = try await database.read(
            """
            SELECT \(unescaped: RecordedEvent.columns) FROM events e
            WHERE e.tenant_id = \(context.tenantID) AND e.position > \(after)
            ORDER BY e.position LIMIT \(limit)
            """
        ).map(RecordedEvent.init)
        let next = events.last?.position ?? Int64(after)
        return Envelope.response(
            code: "EVENTS_FETCHED", message: "Events fetched", members: [("next_after", .integer(next))]
        ) { json in
            json.array { json in
                for event in events { event.write(to: &json, showsPosition: true) }
            }
        }
    }
}

extension TenantContext {
    /// - Throws: 404 `EVENT_NOT_FOUND` when the path has no event's id.
    func eventID() throws(APIError) -> EventID {
        guard let id = parameters.get("event_id").flatMap({ EventID($0) }) else { throw .eventNotFound }
        return id
    }
}

extension APIError {
    static let eventNotFound = APIError(
        .notFound, code: "EVENT_NOT_FOUND",
        message: "There is no such event in this account, or it is no longer kept. See GET /api/v1/webhooks/events.")
}
