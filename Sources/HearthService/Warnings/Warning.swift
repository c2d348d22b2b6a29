import Foundation
import HearthRules
import Postgres
import StrictJSON

/// A warning as it stands now.
struct Warning: Sendable, Equatable {
    /// What it is about.
    enum Subject: Sendable, Equatable {
        /// A tenant's mailbox, by its id and its address at Microsoft.
        case mailbox(Int64, address: String)
        /// A tenant's own Entra application, by its id here and at Microsoft.
        case application(Int64, clientID: String)
        /// The operator's application, or the key ring.
        case service
    }

    let code: WarningCode
    let subject: Subject
    /// When it began, where that can be said.
    var since: Date?
    /// When it comes to pass, or came.
    var endsAt: Date?
    /// Microsoft's answer in short: its `error` and number.
    var cause: String?

    /// What the warning says, with the answer that led to it.
    var text: String { code.words + (cause.map { " Its answer: \($0)." } ?? "") }
}

extension Warning {
    /// The members that the API and events have in common.
    func writeMembers(to json: inout JSONWriter) {
        var mailbox: (id: Int64, address: String)?
        var application: (id: Int64, clientID: String)?
        switch subject {
        case .mailbox(let id, let address): mailbox = (id, address)
        case .application(let id, let clientID): application = (id, clientID)
        case .service: break
        }
        json.member("code", code.rawValue)
        json.member("text", text)
        json.member("action", code.advice)
        json.member("since", since.map(RFC3339.format))
        json.member("ends_at", endsAt.map(RFC3339.format))
        json.member("mailbox_id", mailbox?.id)
        json.member("mailbox_address", mailbox?.address)
        json.member("application_id", application?.id)
        json.member("client_id", application?.clientID)
    }

    func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }
}
