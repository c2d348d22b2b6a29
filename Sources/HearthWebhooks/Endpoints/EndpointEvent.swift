package import Foundation
import HearthCore
import HearthRules
import HearthWeb
import StrictJSON

/// The events about an endpoint, which go to the feed and to other endpoints that subscribe to them.
package enum EndpointEvent: String, Sendable {
    /// Ten failures in a row.
    case failing = "endpoint_failing"
    /// Disabled on request, after five days without a success, or because it answered 410.
    case disabled = "endpoint_disabled"
    /// A delivery was accepted for the first time since then.
    case recovered = "endpoint_recovered"
}

extension OutboxEvent {
    /// - Parameter attempt: the attempt that caused it, if any.
    package init(_ event: EndpointEvent, of endpoint: EndpointState, because attempt: WebhookAttempt?, at now: Date) {
        var json = JSONWriter()
        json.object { json in
            json.member("endpoint_id", endpoint.id)
            json.member("url", endpoint.url)
            json.member("status", endpoint.status.rawValue)
            json.member("disabled_reason", endpoint.disabledReason)
            json.member("failures_in_a_row", endpoint.health.failures)
            json.member("failing_since", endpoint.health.failingSince)
            json.member("status_code", attempt?.statusCode)
            json.member("error", attempt?.error)
        }
        self.init(
            type: "webhook.\(event.rawValue)", action: event.rawValue, orderingKey: "endpoint:\(endpoint.id)",
            campaignID: nil, ownerEmail: endpoint.ownerEmail, endpointID: endpoint.id, sequence: 0,
            account: Self.account(campaignID: nil, firstName: "", lastName: "", email: "", tags: [], meta: nil),
            data: json.text, createdAt: now)
    }
}
