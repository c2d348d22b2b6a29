package import Foundation
import HearthCore
package import HearthRules
import StrictJSON

/// What partners are told about a mailbox: the `type` of a webhook is `mailbox.` and the raw name.
package enum MailboxEvent: String, Sendable, CaseIterable {
    /// It does not work any more, or its partner has disconnected it. Told once until it works again.
    case disconnected
    case reconnected
}

extension OutboxEvent {
    /// - Parameters:
    ///   - problem: why; nil where nothing is wrong.
    ///   - holder: nil where nothing is known but the address.
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
