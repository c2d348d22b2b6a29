import Foundation
import HearthRules
import StrictJSON

/// What partners are told about a mailbox: the `type` of a webhook is `mailbox.` and the raw name.
enum MailboxEvent: String, Sendable, CaseIterable {
    /// It does not work any more, or its partner has disconnected it. Told once until it works again.
    case disconnected
    case reconnected
}

extension OutboxEvent {
    /// - Parameter problem: why; nil where nothing is wrong, as after a disconnection that was asked for.
    init(
        _ event: MailboxEvent, of mailbox: Int64, address: String, problem: ConnectionProblem?, campaign: Campaign?,
        at now: Date
    ) {
        var data = JSONWriter()
        data.object { json in
            json.member("mailbox_id", mailbox)
            json.member("campaign_id", campaign?.id)
            json.member("mailbox_address", address)
            json.member("code", problem?.rawValue)
            json.member("message", problem?.words)
            json.member("remedy", problem?.remedy.rawValue)
            json.member("owner_email", campaign?.ownerEmail)
        }
        self.init(
            type: "mailbox.\(event.rawValue)", action: event.rawValue, orderingKey: "mailbox:\(mailbox)",
            campaignID: nil, ownerEmail: campaign?.ownerEmail, sequence: 0,
            account: Self.account(
                campaignID: campaign?.id, firstName: campaign?.firstName ?? "", lastName: campaign?.lastName ?? "",
                email: campaign?.email ?? address, tags: campaign?.tags ?? [], meta: campaign?.meta),
            data: data.text, createdAt: now)
    }
}
