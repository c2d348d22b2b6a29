import Foundation
import HearthCore
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes for deliveries and their attempts.
struct DeliveryRoutes {
    let endpoints: EndpointStore
    let deliveries: DeliveryStore

    init(_ dependencies: Dependencies) {
        endpoints = EndpointStore(database: dependencies.database, keyRing: dependencies.keyRing)
        deliveries = DeliveryStore(database: dependencies.database)
    }

    /// Lists the deliveries of all endpoints. A filter by an endpoint or event of another account finds nothing.
    func list(_ request: Request, context: TenantContext) async throws -> Response {
        var fields = try Fields(query: request.uri.query)
        let endpoint = fields.integer("endpoint_id", in: 1...9_007_199_254_740_991).map(Int64.init)
        return try await list(endpoint, &fields, context)
    }

    func listOfEndpoint(_ request: Request, context: TenantContext) async throws -> Response {
        let endpoint = try await endpoints.find(context).id
        var fields = try Fields(query: request.uri.query)
        return try await list(endpoint, &fields, context)
    }

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        guard let id = context.parameters.get("id").flatMap({ DeliveryID($0) }),
            let delivery = try await deliveries.find(id, of: context.tenantID)
        else { throw APIError.webhookDeliveryNotFound }
        return Envelope.response(code: "WEBHOOK_DELIVERY_FETCHED", message: "Webhook delivery fetched") {
            delivery.write(to: &$0)
        }
    }

    private func list(_ endpoint: Int64?, _ fields: inout Fields, _ context: TenantContext) async throws -> Response {
        let status: RecordedDelivery.Status? = fields.choice("status")
        let event = fields.eventID("event_id")
        let cursor = fields.deliveryCursor("cursor")
        let limit = fields.integer("limit", in: 1...100) ?? 20
        try fields.validated()
        let filter = DeliveryFilter(
            endpoint: endpoint, eventPosition: event?.position(for: context.tenantID), status: status)
        // One extra row shows whether there is a next page.
        let found = try await deliveries.list(filter, of: context.tenantID, after: cursor, limit: limit + 1)
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last?.cursor.text : nil
        return Envelope.response(
            code: "WEBHOOK_DELIVERIES_FETCHED", message: "Webhook deliveries fetched",
            members: [("next_cursor", next.map(JSONValue.string) ?? .null)]
        ) { json in
            json.array { json in
                for delivery in page { delivery.write(to: &json) }
            }
        }
    }
}

extension Fields {
    fileprivate mutating func eventID(_ name: String) -> EventID? {
        guard let text = string(name) else { return nil }
        if let id = EventID(text) { return id }
        problem(name, "must be an event's id, such as evt_100_17")
        return nil
    }

    fileprivate mutating func deliveryCursor(_ name: String) -> DeliveryCursor? {
        guard let text = string(name, length: 1...1_024) else { return nil }
        if let cursor = DeliveryCursor(text) { return cursor }
        problem(name, "must be the next_cursor of an earlier page")
        return nil
    }
}

extension APIError {
    static let webhookDeliveryNotFound = APIError(
        .notFound, code: "WEBHOOK_DELIVERY_NOT_FOUND",
        message: "There is no such webhook delivery in this account. See GET /api/v1/webhooks/deliveries.")
}
