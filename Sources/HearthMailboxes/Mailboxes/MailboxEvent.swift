package import Foundation
import HearthCore
package import HearthRules
import StrictJSON

/// Events of a mailbox. The `type` is `mailbox.` and the raw value.
package enum MailboxEvent: String, Sendable, CaseIterable {
    /// It no longer works, or its partner has disconnected it. Sent once until it works again.
    case disconnected
    case reconnected
}

extension OutboxEvent {
    /// - Parameters:
    ///   - problem: why it does not work; nil if it works.
    ///   - partnerData: nil if only the address is known.
    package init(
        _ event: MailboxEvent, of mailbox: Int64, address: String, problem: ConnectionProblem?,
        partnerData: PartnerData?,
        at now: Date
    ) {
        var data = JSONWriter()
        data.object { json in
            json.member("mailbox_id", mailbox)
            json.member("campaign_id", partnerData?.campaignID)
            json.member("mailbox_address", address)
            json.member("code", problem?.rawValue)
            json.member("message", problem?.words)
            json.member("remedy", problem?.remedy.rawValue)
            json.member("owner_email", partnerData?.ownerEmail)
            json.member("external_id", partnerData?.externalID)
            if let meta = partnerData?.meta { json.member("meta", raw: meta) } else { json.null("meta") }
        }
        self.init(
            type: "mailbox.\(event.rawValue)", action: event.rawValue, orderingKey: "mailbox:\(mailbox)",
            campaignID: nil, ownerEmail: partnerData?.ownerEmail, sequence: 0,
            account: Self.account(
                campaignID: partnerData?.campaignID, firstName: partnerData?.firstName ?? "",
                lastName: partnerData?.lastName ?? "",
                email: partnerData?.email ?? address, tags: partnerData?.tags ?? [], meta: partnerData?.meta),
            data: data.text, createdAt: now)
    }
}
