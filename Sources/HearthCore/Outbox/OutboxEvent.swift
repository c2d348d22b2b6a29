package import Foundation
import HearthRules
import StrictJSON

/// Something that partners are told, before it has a position in the feed.
package struct OutboxEvent: Sendable {
    package let type: String
    package let action: String
    /// Deliveries of one key reach an endpoint in order.
    package let orderingKey: String
    package let campaignID: Int64?
    /// Whose mailbox it is about: endpoints with an owner receive that owner's events only.
    package let ownerEmail: String?
    /// The webhook endpoint that it is about, which does not receive it itself.
    package var endpointID: Int64?
    /// Counts the campaign's events from 1; 0 where there is no campaign.
    package let sequence: Int
    /// JSON of the member `account`, in the form of Mailivery's webhooks.
    package let account: String
    /// JSON of the member `data`, ours.
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

    /// How the owner is compared; nil where nobody is named.
    package var ownerKey: String? { ownerEmail.flatMap(EmailAddress.key(of:)) }
    /// What an endpoint has in its list that receives this.
    var subscriptions: [String] { [type, EventType.every] }
}

extension OutboxEvent {
    /// The member `account`, in the form of Mailivery's webhooks.
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
