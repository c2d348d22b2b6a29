import Foundation
import HearthCore
package import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes of the event feed. Positions are gapless and in commit order, so `after` never skips an event that commits late.
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
        let tenant = context.tenantID
        return StreamedList(
            head: Envelope.head(code: "EVENTS_FETCHED", message: "Events fetched"),
            first: try await slice(of: tenant, after: Int64(after), limit: min(limit, Self.slice)),
            next: { slice, sent in
                guard slice.count == Self.slice, sent < limit, let last = slice.last else { return [] }
                return try await self.slice(of: tenant, after: last.position, limit: min(limit - sent, Self.slice))
            },
            write: { $0.write(to: &$1, showsPosition: true) },
            tail: { ",\"next_after\":\($0?.position ?? Int64(after))}" }
        ).response
    }

    /// Events per query. An event may contain its campaign's tags and twice its `meta`, so a whole page of the largest would
    /// take too much memory.
    private static let slice = 50

    private func slice(of tenant: Int64, after position: Int64, limit: Int) async throws -> [RecordedEvent] {
        try await database.read(
            """
            SELECT \(unescaped: RecordedEvent.columns) FROM events e
            WHERE e.tenant_id = \(tenant) AND e.position > \(position)
            ORDER BY e.position LIMIT \(limit)
            """
        ).map(RecordedEvent.init)
    }
}

extension TenantContext {
    /// - Throws: 404 `EVENT_NOT_FOUND` if the path has no valid event id.
    func eventID() throws(APIError) -> EventID {
        guard let id = parameters.get("event_id").flatMap({ EventID($0) }) else { throw .eventNotFound }
        return id
    }
}

extension APIError {
    package static let eventNotFound = APIError(
        .notFound, code: "EVENT_NOT_FOUND",
        message: "There is no such event in this account, or it is no longer kept. See GET /api/v1/webhooks/events.")
}
