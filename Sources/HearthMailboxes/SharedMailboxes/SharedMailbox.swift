package import Foundation
package import HearthRules
import HearthWeb
import Postgres
package import StrictJSON

/// A mailbox of an organisation that is accessed with the token of a connected mailbox, its delegate.
package struct SharedMailbox: Sendable {
    package struct Delegate: Sendable {
        package let mailboxID: Int64
        package let address: String
        fileprivate var problem: ConnectionProblem?
        fileprivate var isConnected: Bool
        fileprivate var mayRead: Bool
    }

    package enum Status: String, Sendable, CaseIterable {
        case connected
        /// Its delegate's connection does not work, or no longer covers shared mailboxes.
        case error
        /// Disconnected with its delegate. Adding it again connects it.
        case disconnected
    }

    package let id: Int64
    package let address: String
    package private(set) var delegate: Delegate
    package let verifiedAt: Date
    package let disconnectedAt: Date?
    package let createdAt: Date
    package let updatedAt: Date

    /// Why it does not work; nil if it works.
    package var problem: ConnectionProblem? {
        guard disconnectedAt == nil, delegate.isConnected else { return .disconnected }
        return delegate.problem ?? (delegate.mayRead ? nil : .scopeMissing)
    }

    package var status: Status {
        switch problem {
        case nil: .connected
        case .disconnected?: .disconnected
        default: .error
        }
    }

    /// Returns the mailbox as it is when its delegate has a working grant with these scopes.
    func borrowing(_ granted: GrantedScopes) -> SharedMailbox {
        var mailbox = self
        mailbox.delegate.problem = nil
        mailbox.delegate.isConnected = true
        mailbox.delegate.mayRead = granted.mayReadShared
        return mailbox
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("address", address)
            json.member("status", status.rawValue)
            json.member("code", problem?.rawValue)
            json.member("message", problem?.words)
            json.object("delegate") { json in
                json.member("mailbox_id", delegate.mailboxID)
                json.member("address", delegate.address)
            }
            json.member("verified_at", RFC3339.format(verifiedAt))
            json.member("disconnected_at", disconnectedAt.map(RFC3339.format))
            json.member("created_at", RFC3339.format(createdAt))
            json.member("updated_at", RFC3339.format(updatedAt))
        }
    }
}

extension SharedMailbox {
    package static let columns =
        """
        s.shared_mailbox_id, s.mailbox_id, s.address, s.verified_at, s.disconnected_at, s.created_at, s.updated_at,
        m.address AS delegate_address, m.problem, g.scopes
        """
    package static let relations =
        """
        shared_mailboxes s JOIN mailboxes m ON m.tenant_id = s.tenant_id AND m.mailbox_id = s.mailbox_id
        LEFT JOIN grants g ON g.tenant_id = m.tenant_id AND g.grant_id = m.grant_id
        """

    init(row: Row) throws {
        id = try row["shared_mailbox_id"]
        address = try row["address"]
        let problem: String? = try row[nullable: "problem"]
        let scopes: [String]? = try row[nullable: "scopes"]
        delegate = Delegate(
            mailboxID: try row["mailbox_id"], address: try row["delegate_address"],
            problem: problem.flatMap(ConnectionProblem.init), isConnected: scopes != nil,
            mayRead: GrantedScopes(names: scopes ?? []).mayReadShared)
        verifiedAt = try row["verified_at"]
        disconnectedAt = try row[nullable: "disconnected_at"]
        createdAt = try row["created_at"]
        updatedAt = try row["updated_at"]
    }
}
