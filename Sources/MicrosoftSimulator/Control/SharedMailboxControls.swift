import Foundation
import HTTPTypes
import Synchronization

extension MicrosoftSimulator {
    /// Creates or changes a shared mailbox. Returns nil if a delegate is not in the organisation.
    @discardableResult
    package func addSharedMailbox(_ options: SharedMailboxOptions) -> AccountDescription? {
        state.withLock { state in
            (try? state.makeSharedMailbox(options)).map(AccountDescription.init)
        }
    }

    /// Replaces `delegate`'s permissions on the mailbox; an empty set removes them. Returns false for an unknown mailbox or
    /// delegate.
    @discardableResult
    package func delegate(_ permissions: Set<MailboxPermission>, on mailbox: String, to delegate: String) -> Bool {
        state.withLock { state in
            guard let account = state.directory.account(named: mailbox) else { return false }
            return (try? state.delegate(permissions, to: delegate, on: account.id)) != nil
        }
    }

    /// `/simulator/shared-mailboxes`
    func makeSharedMailbox(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        let options = try SharedMailboxOptions(exchange.body)
        guard let made = addSharedMailbox(options) else {
            throw ControlFailure(field: "delegates", message: "A delegate is not in the mailbox's organisation.")
        }
        return .json(made.json, status: 201)
    }

    /// `/simulator/accounts/{address}/delegates[/{address}]`
    func delegates(_ exchange: Exchange, _ mailbox: String, _ rest: [String]) throws(ControlFailure) -> Reply {
        guard let account = state.withLock({ $0.directory.account(named: mailbox) }) else {
            throw unknown("address", mailbox)
        }
        switch (exchange.method, rest.first) {
        case (.get, nil): break
        case (.put, let name?), (.delete, let name?):
            var permissions: Set<MailboxPermission> = []
            if exchange.method == .put {
                let fields = try ControlFields(exchange.body, allowed: ["permissions"])
                permissions = try fields.permissions(fields.strings("permissions") ?? [])
            }
            guard delegate(permissions, on: mailbox, to: name) else { throw unknown("delegate", name) }
        default:
            throw ControlFailure(
                status: 405, field: nil, message: "Use GET for all delegates, PUT or DELETE for one of them.")
        }
        let list = state.withLock { state in
            state.delegations.delegates(of: account.id).map { id, permissions in
                (state.directory.account(id)?.address ?? id.objectID, permissions.map(\.rawValue).sorted())
            }
        }
        let members = list.map { ($0.0, JSON.array($0.1.map(JSON.string))) }
        return .json(["delegates": .object(Dictionary(members) { first, _ in first })])
    }
}

extension SharedMailboxOptions {
    init(_ body: Data) throws(ControlFailure) {
        let fields = try ControlFields(body, allowed: ["address", "organization", "displayName", "delegates"])
        self.init(address: try fields.address("address"))
        organization = try fields.string("organization")
        displayName = try fields.string("displayName")
        guard let object = fields.object("delegates") else { return }
        guard let members = object.object else { throw fields.wrong("delegates", "an object of addresses") }
        for (name, value) in members {
            delegates[name] = try fields.permissions(value.array?.compactMap(\.string) ?? [])
        }
    }
}

extension ControlFields {
    fileprivate func permissions(_ names: [String]) throws(ControlFailure) -> Set<MailboxPermission> {
        let known = names.compactMap(MailboxPermission.init)
        guard known.count == names.count else {
            throw wrong("permissions", "any of " + MailboxPermission.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return Set(known)
    }
}
