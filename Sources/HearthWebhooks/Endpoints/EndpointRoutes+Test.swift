package import Foundation
package import HearthCore
import HearthWeb
package import Hummingbird
import Postgres
import StrictJSON

/// `POST /webhooks/endpoints/{id}/test`.
extension EndpointRoutes {
    /// Sends an event of type `webhook.test` once, immediately, and returns the result. The event appears in no feed and no
    /// list of deliveries, and changes no state: a disabled endpoint can be tested before it is enabled.
    package func test(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse
    {
        let id = try await store.find(context).id
        return try await write.once { call in
            let sent = try await tests.send(to: id, of: context.tenantID)
            let attempt = sent.attempt
            let answer = Envelope.prepared(
                code: "WEBHOOK_TESTED",
                message: attempt.outcome == .accepted
                    ? "The endpoint accepted the test event" : "The endpoint did not accept the test event"
            ) { json in
                json.object { json in
                    json.member("endpoint_id", id)
                    json.member("event_id", sent.event.id)
                    json.member("accepted", attempt.outcome == .accepted)
                    attempt.writeMembers(to: &json)
                }
            }
            return try await dependencies.database.transaction { try call.record(answer, in: &$0) }
        }
    }
}

extension OutboxEvent {
    /// Creates the event of a test: shaped like any other, but about no campaign.
    package init(testOf endpoint: Int64, at now: Date) {
        var json = JSONWriter()
        json.object { json in json.member("endpoint_id", endpoint) }
        self.init(
            type: "webhook.test", action: "test", orderingKey: "endpoint:\(endpoint)", campaignID: nil,
            ownerEmail: nil, endpointID: endpoint, sequence: 0,
            account: Self.account(campaignID: nil, firstName: "", lastName: "", email: "", tags: [], meta: nil),
            data: json.text, createdAt: now)
    }
}
