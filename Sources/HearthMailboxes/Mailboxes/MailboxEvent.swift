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
    ///   - holder: nil if only the address is known.
    package init(
        _ event: MailboxEvent, of mailbox: Int64, address: String, problem: ConnectionProblem?, holder: MailboxHolder?,
        at now: Date
    ) {
        var data = JSONWriter()
        data.object { json in
            json.member("mailbox_id", mailbox)
            json.member("campaign_id", holder?.campaignID)
            json.member("mailbox_address", address)
            json.member("code", problem?.rawValue)
            json.member("message", problem?.words)
            json.member("remedy", problem?.remedy.rawValue)
            json.member("owner_email", holder?.ownerEmail)
            json.member("external_id", holder?.externalID)
            if let meta = holder?.meta { json.member("meta", raw: meta) } else { json.null("meta") }
        }
        self.init(
            type: "mailbox.\(event.rawValue)", action: event.rawValue, orderingKey: "mailbox:\(mailbox)",
            campaignID: nil, ownerEmail: holder?.ownerEmail, sequence: 0,
            account: Self.account(
                campaignID: holder?.campaignID, firstName: holder?.firstName ?? "", lastName: holder?.lastName ?? "",
                email: holder?.email ?? address, tags: holder?.tags ?? [], meta: holder?.meta),
            data: data.text, createdAt: now)
    }
}
