/// A permission on somebody else's mailbox.
package enum MailboxPermission: String, Sendable, CaseIterable {
    /// Open it, read and change its content.
    case fullAccess = "FullAccess"
    /// Send as the mailbox itself.
    case sendAs = "SendAs"
    /// Send "on behalf of" the mailbox.
    case sendOnBehalf = "SendOnBehalf"
}

/// The permissions of delegates on mailboxes. Exchange keeps them, not the directory.
struct Delegations: Sendable {
    private var byMailbox: [AccountID: [AccountID: Set<MailboxPermission>]] = [:]

    func permissions(of delegate: AccountID, on mailbox: AccountID) -> Set<MailboxPermission> {
        byMailbox[mailbox]?[delegate] ?? []
    }

    func delegates(of mailbox: AccountID) -> [AccountID: Set<MailboxPermission>] {
        byMailbox[mailbox] ?? [:]
    }

    /// An empty set removes all permissions.
    mutating func set(_ permissions: Set<MailboxPermission>, of delegate: AccountID, on mailbox: AccountID) {
        byMailbox[mailbox, default: [:]][delegate] = permissions.isEmpty ? nil : permissions
    }
}

/// A shared mailbox as a control request describes it: an address in an organisation without a sign-in.
package struct SharedMailboxOptions: Sendable {
    package var address: String
    /// A domain or the id of the organisation; by default that of the address's domain.
    package var organization: String?
    package var displayName: String?
    /// Permissions by the delegate's address.
    package var delegates: [String: Set<MailboxPermission>] = [:]

    package init(address: String) {
        self.address = address
    }
}

extension SimulatorState {
    /// Throws if a delegate is unknown or in another organisation.
    mutating func makeSharedMailbox(_ options: SharedMailboxOptions) throws(UnknownDelegate) -> Account {
        var account = AccountOptions(address: options.address)
        account.kind = .work
        account.organization = options.organization
        account.displayName = options.displayName
        let made = makeAccount(account)
        directory.update(made.id) { $0.isShared = true }
        for (name, permissions) in options.delegates {
            try delegate(permissions, to: name, on: made.id)
        }
        return directory.account(made.id) ?? made
    }

    struct UnknownDelegate: Error {
        let name: String
    }

    mutating func delegate(
        _ permissions: Set<MailboxPermission>, to name: String, on mailbox: AccountID
    ) throws(UnknownDelegate) {
        guard mailbox.tenantID != consumerTenantID,
            let delegate = directory.account(signingInAs: name, under: .directory(mailbox.tenantID)), !delegate.isGuest
        else { throw UnknownDelegate(name: name) }
        delegations.set(permissions, of: delegate.id, on: mailbox)
    }
}
