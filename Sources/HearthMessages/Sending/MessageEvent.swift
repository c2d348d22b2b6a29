import Foundation
import HearthCore
import HearthMailboxes
import StrictJSON

/// Events of a message. The `type` is `message.` and the raw value.
package enum MessageEvent: String, Sendable, CaseIterable {
    /// Its copy was seen in Sent Items.
    case sent
    case failed
    /// Whether it was sent cannot be found out.
    case unknown
    /// A server has refused it for at least one recipient.
    case bounced
    /// A person has answered it.
    case replied
    /// A program has answered it, such as one that says that the recipient is away.
    case autoReplied = "auto_replied"
    /// A message has arrived in a watched mailbox.
    case received
}

extension OutboxEvent {
    /// - Parameters:
    ///   - address: the mailbox's.
    ///   - data: writes the members of `data`.
    init(
        _ event: MessageEvent, mailbox: Int64, address: String, partnerData: PartnerData, at now: Date,
        data write: (inout JSONWriter) -> Void
    ) {
        var data = JSONWriter()
        data.object { json in
            write(&json)
            json.member("mailbox_address", address)
            json.member("campaign_id", partnerData.campaignID)
            json.member("owner_email", partnerData.ownerEmail)
            json.member("external_id", partnerData.externalID)
            if let meta = partnerData.meta { json.member("meta", raw: meta) } else { json.null("meta") }
        }
        self.init(
            type: "message.\(event.rawValue)", action: event.rawValue, orderingKey: "mailbox:\(mailbox)",
            campaignID: nil, ownerEmail: partnerData.ownerEmail, sequence: 0,
            account: Self.account(
                campaignID: partnerData.campaignID, firstName: partnerData.firstName, lastName: partnerData.lastName,
                email: partnerData.email, tags: partnerData.tags, meta: partnerData.meta),
            data: data.text, createdAt: now)
    }

    init(_ event: MessageEvent, of message: Message, address: String, partnerData: PartnerData, at now: Date) {
        self.init(event, mailbox: message.mailboxID, address: address, partnerData: partnerData, at: now) { json in
            json.member("message_id", message.id)
            message.writeState(to: &json)
        }
    }
}
