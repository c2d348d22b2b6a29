package import Foundation
package import HearthRules
import HearthWeb
import Postgres
package import StrictJSON

/// A current warning.
package struct Warning: Sendable, Equatable {
    /// The subject of a warning.
    package enum Subject: Sendable, Equatable {
        /// A tenant's mailbox, by its id and its address at Microsoft.
        case mailbox(Int64, address: String)
        /// A tenant's own Entra application, by its id here and at Microsoft.
        case application(Int64, clientID: String)
        /// The operator's application, or the key ring.
        case service
    }

    package let code: WarningCode
    package let subject: Subject
    /// When it began, if known.
    package var since: Date?
    /// When it takes effect or took effect, such as the expiry of a secret.
    package var endsAt: Date?
    /// Microsoft's answer in short: its `error` and error number.
    package var cause: String?

    package init(code: WarningCode, subject: Subject, since: Date? = nil, endsAt: Date? = nil, cause: String? = nil) {
        self.code = code
        self.subject = subject
        self.since = since
        self.endsAt = endsAt
        self.cause = cause
    }

    /// The text of the warning, including Microsoft's answer if there is one.
    package var text: String { code.words + (cause.map { " Its answer: \($0)." } ?? "") }
}

extension Warning {
    /// Writes the members that the API and events have in common.
    package func writeMembers(to json: inout JSONWriter) {
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

    package func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }
}
