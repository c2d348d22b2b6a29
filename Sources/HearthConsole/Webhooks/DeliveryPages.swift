import Foundation
import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import HearthWebhooks
import Hummingbird
import Postgres
import StrictJSON

/// `/console/deliveries`: the deliveries with every attempt, and the button that sends an event again.
struct DeliveryPages: Sendable {
    let dependencies: Dependencies
    let store: EndpointStore

    private static let pageSize = 25

    func list(_ visit: ConsoleVisit) async throws -> Response { try await list(visit, refusal: nil) }

    func resend(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        let replays = ReplayStore(database: dependencies.database)
        guard let id = visit.path.get("event_id").flatMap({ EventID($0) }),
            let event = try await replays.event(id, of: visit.tenantID)
        else { throw APIError.eventNotFound }
        var fields = Fields(body)
        let endpoint = fields.integer("endpoint_id", required: true, in: 1...9_007_199_254_740_991).map(Int64.init)
        try fields.validated()
        guard let endpoint, try await store.find(endpoint, of: visit.tenantID) != nil else {
            throw APIError.webhookEndpointNotFound
        }
        let now = dependencies.now()
        let lane = WebhookLane.replayKey(try await dependencies.ids.next())
        let entry = try visit.caller.entry(
            "console.resend", "endpoint:\(endpoint)", outcome: nil, dependencies.recorder, at: now)
        let sent = try await dependencies.database.transaction { transaction in
            let sent = try ReplayStore.replay(
                event, of: visit.tenantID, to: endpoint, lane: lane, at: now, in: &transaction)
            if !sent.isEmpty { transaction.audit(entry) }
            return sent
        }
        guard !sent.isEmpty else { return try await list(visit, refusal: .eventNotForEndpoint) }
        dependencies.work.eventCommitted()
        return visit.go(to: "/console/deliveries?endpoint=\(endpoint)", saying: .sentAgain)
    }

    private func list(_ visit: ConsoleVisit, refusal: APIError?) async throws -> Response {
        let endpoint = visit.query("endpoint").flatMap { Int64($0) }
        let status = visit.query("status").flatMap(RecordedDelivery.Status.init)
        let cursor = visit.query("cursor").flatMap(DeliveryCursor.init)
        let filter = DeliveryFilter(endpoint: endpoint, status: status)
        let found = try await DeliveryStore(database: dependencies.database)
            .list(filter, of: visit.tenantID, after: cursor, limit: Self.pageSize + 1)
        let page = found.prefix(Self.pageSize)
        let endpoints = try await store.list(of: visit.tenantID)
        let here = { (cursor: DeliveryCursor?) in
            "/console/deliveries"
                + QueryText.of([
                    ("endpoint", endpoint.map(String.init)), ("status", status?.rawValue), ("cursor", cursor?.text),
                ])
        }
        let urls = Dictionary(uniqueKeysWithValues: endpoints.map { ($0.id, $0.url) })
        var content: [String: Any] = [
            "live": here(cursor), "hasRows": !page.isEmpty,
            "rows": page.map { Self.row($0, url: urls[$0.id.endpoint] ?? "") },
            "endpoints": [["value": "", "name": "All", "isChosen": endpoint == nil]]
                + endpoints.map { ["value": String($0.id), "name": $0.url, "isChosen": $0.id == endpoint] },
            "statuses": [["value": "", "name": "All", "isChosen": status == nil]]
                + RecordedDelivery.Status.allCases.map {
                    ["value": $0.rawValue, "name": $0.badge.label, "isChosen": $0 == status]
                },
        ]
        content["older"] = found.count > Self.pageSize ? page.last.map { here($0.cursor) } : nil
        content["problem"] = refusal?.message
        content["problemCode"] = refusal?.code
        content["done"] = refusal == nil ? visit.doneWords : nil
        return try visit.show(.deliveries, title: "Deliveries", content, status: refusal?.status ?? .ok)
    }

    private static func row(_ delivery: RecordedDelivery, url: String) -> [String: Any] {
        let event = EventID(tenant: delivery.tenantID, position: delivery.eventPosition).text
        var row: [String: Any] = [
            "event": event, "deliveryID": delivery.id.text, "endpoint": delivery.id.endpoint, "url": url,
            "at": RFC3339.format(delivery.eventCreatedAt), "time": ConsoleTime.text(delivery.eventCreatedAt),
            "state": delivery.status.badge.content, "isReplay": WebhookLane.isReplay(delivery.id.lane),
            "mayResend": delivery.eventType != nil, "count": delivery.attempts.count,
            "hasAttempts": !delivery.attempts.isEmpty,
            "attempts": delivery.attempts.reversed().map { attempt in
                var shown: [String: Any] = [
                    "attemptAt": RFC3339.format(attempt.attemptedAt),
                    "attemptTime": ConsoleTime.text(attempt.attemptedAt), "words": attempt.words,
                ]
                if let answer = attempt.answer, !answer.isEmpty { shown["answer"] = answer }
                return shown
            },
        ]
        row["type"] = delivery.eventType ?? "no longer kept"
        if delivery.status == .pending, let next = delivery.nextAttemptAt { row["next"] = ConsoleTime.text(next) }
        return row
    }
}
