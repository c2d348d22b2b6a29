package import Foundation
package import HearthRules
import StrictJSON

/// An event for partners that has no position in the feed yet.
package struct OutboxEvent: Sendable {
    package let type: String
    package let action: String
    /// Deliveries with the same key reach an endpoint in order.
    package let orderingKey: String
    package let campaignID: Int64?
    /// The owner of the mailbox. Endpoints with an owner only receive that owner's events.
    package let ownerEmail: String?
    /// The webhook endpoint that the event is about, which does not receive it.
    package var endpointID: Int64?
    /// The number of the event among the campaign's events, from 1; 0 without a campaign.
    package let sequence: Int
    /// JSON of the member `account`, in the form of Mailivery's webhooks.
    package let account: String
    /// JSON of the member `data`, in our own form.
    package let data: String
    package let createdAt: Date

    package init(
        type: String, action: String, orderingKey: String, campaignID: Int64?, ownerEmail: String?,
        endpointID: Int64? = nil, sequence: Int, account: String, data: String, createdAt: Date
    ) {
        self.type = type
        self.action = action
        self.orderingKey = orderingKey
        self.campaignID = campaignID
        self.ownerEmail = ownerEmail
        self.endpointID = endpointID
        self.sequence = sequence
        self.account = account
        self.data = data
        self.createdAt = createdAt
    }

    /// The key by which owners are compared; nil without an owner.
    package var ownerKey: String? { ownerEmail.flatMap(EmailAddress.key(of:)) }
    /// The list entries that subscribe an endpoint to this event.
    var subscriptions: [String] { [type, EventType.every] }
}

extension OutboxEvent {
    /// Returns the member `account` in the form of Mailivery's webhooks.
    package static func account(
        campaignID: Int64?, firstName: String, lastName: String, email: String, tags: [String], meta: String?
    ) -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("campaign_id", campaignID)
            json.member("first_name", firstName)
            json.member("last_name", lastName)
            json.member("email", email)
            json.member("provider_type", "office")
            json.member("type", "ms-graph")
            json.array("tags") { json in
                for tag in tags { json.value(tag) }
            }
            json.member("meta", meta.flatMap(QueryString.init(meta:))?.text)
        }
        return json.text
    }
}

/// The history row of a campaign's move. The position of its event is added when the event is written.
package struct CampaignRecord {
    package let campaignID: Int64
    package let version: Int
    package let from: String
    package let command: CampaignCommand
    package let to: CampaignStatus
    let caller: Caller
    package var reason: String?

    package init(
        campaignID: Int64, version: Int, from: String, command: CampaignCommand, to: CampaignStatus, caller: Caller,
        reason: String? = nil
    ) {
        self.campaignID = campaignID
        self.version = version
        self.from = from
        self.command = command
        self.to = to
        self.caller = caller
        self.reason = reason
    }
}
