import Foundation
import HearthCore
package import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes that replay one event, or all events since a time.
struct ReplayRoutes {
    let dependencies: Dependencies
    let endpoints: EndpointStore
    let replays: ReplayStore

    init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
        endpoints = EndpointStore(database: dependencies.database, keyRing: dependencies.keyRing)
        replays = ReplayStore(database: dependencies.database)
    }

    /// `POST /webhooks/events/{event_id}/replay`.
    func replay(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try context.eventID()
        guard let event = try await replays.event(id, of: context.tenantID) else { throw APIError.eventNotFound }
        let body = try await ParsedBody.read(request, context: context)
        var fields = Fields(body)
        let endpoint = fields.integer("endpoint_id", in: 1...9_007_199_254_740_991).map(Int64.init)
        try fields.validated()
        if let endpoint, try await endpoints.find(endpoint, of: context.tenantID) == nil {
            throw APIError.webhookEndpointNotFound
        }
        let response = try await write.once(body) { call in
            let now = dependencies.now()
            let lane = WebhookLane.replayKey(try await dependencies.ids.next())
            return try await dependencies.database.transaction { transaction in
                let deliveries = try ReplayStore.replay(
                    event, of: context.tenantID, to: endpoint, lane: lane, at: now, in: &transaction)
                guard !deliveries.isEmpty else {
                    throw endpoint == nil ? APIError.noWebhookEndpoint : .eventNotForEndpoint
                }
                let answer = Envelope.prepared(
                    code: "EVENT_REPLAYED", message: "The event will be sent again", status: .accepted
                ) { json in
                    json.object { json in
                        json.member("event_id", id.text)
                        json.array("deliveries") { json in
                            for delivery in deliveries {
                                json.object { json in
                                    json.member("id", delivery.text)
                                    json.member("endpoint_id", delivery.endpoint)
                                }
                            }
                        }
                    }
                }
                return try call.record(answer, subject: "event:\(id.text)", in: &transaction)
            }
        }
        dependencies.work.eventCommitted()
        return response
    }

    /// `POST /webhooks/endpoints/{id}/replay`: starts the job ``ReplayEvents``.
    func replaySince(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let endpoint = try await endpoints.find(context).id
        let body = try await ParsedBody.read(request, context: context)
        var fields = Fields(body)
        let since = fields.timestamp("since", required: true)
        if let since, since > dependencies.now() { fields.problem("since", "must not be in the future") }
        try fields.validated()
        guard let since else { throw APIError.validation([FieldProblem(field: "since", message: "is required")]) }
        let response = try await write.once(body) { call in
            let id = try await dependencies.ids.next()
            let now = dependencies.now()
            return try await dependencies.database.transaction { transaction in
                let job = try ReplayStore.start(
                    since: since, to: endpoint, id: id, by: Caller(context), at: now, in: &transaction)
                let answer = job.accepted("The events since then will be sent again, in order for each campaign")
                return try call.record(answer, in: &transaction)
            }
        }
        dependencies.work.jobCommitted()
        return response
    }
}

extension APIError {
    static let noWebhookEndpoint = APIError(
        .conflict, code: "NO_WEBHOOK_ENDPOINT",
        message:
            "No enabled webhook endpoint receives events of this type and owner. Name one with endpoint_id, or enable it."
    )

    package static let eventNotForEndpoint = APIError(
        .conflict, code: "EVENT_NOT_FOR_ENDPOINT",
        message: "The endpoint receives another owner's events only, or the event is about the endpoint itself.")
}
