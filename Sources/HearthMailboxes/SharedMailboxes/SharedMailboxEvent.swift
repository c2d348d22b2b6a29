package import Foundation
import HearthCore
package import HearthRules
import Postgres
import StrictJSON

/// Events of a shared mailbox. The `type` is `shared_mailbox.` and the raw value.
package enum SharedMailboxEvent: String, Sendable, CaseIterable {
    case connected, disconnected
    /// Its delegate's connection works again.
    case reconnected
}

extension OutboxEvent {
    /// - Parameter problem: why it does not work; nil if it works or was removed.
    package init(_ event: SharedMailboxEvent, of mailbox: SharedMailbox, problem: ConnectionProblem?, at now: Date) {
        var data = JSONWriter()
        data.object { json in
            json.member("shared_mailbox_id", mailbox.id)
            json.member("address", mailbox.address)
            json.member("mailbox_id", mailbox.delegate.mailboxID)
            json.member("mailbox_address", mailbox.delegate.address)
            json.member("code", problem?.rawValue)
            json.member("message", problem?.words)
        }
        self.init(
            type: "shared_mailbox.\(event.rawValue)", action: event.rawValue,
            orderingKey: "shared_mailbox:\(mailbox.id)", campaignID: nil, ownerEmail: nil, sequence: 0,
            account: Self.account(
                campaignID: nil, firstName: "", lastName: "", email: mailbox.address, tags: [], meta: nil),
            data: data.text, createdAt: now)
    }
}
