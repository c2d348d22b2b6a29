/// Whose mailbox an address is about: `/me/...` or `/users/{id, address}/...`.
extension SimulatorState {
    /// The account behind the address; nil when the caller's directory knows nobody by the name.
    func addressee(_ path: GraphPath, caller: Account) -> Account? {
        guard case .user(let name) = path.owner else { return path.owner == .me ? caller : nil }
        let wanted = name.lowercased()
        if [caller.graphID, caller.address, caller.userPrincipalName].contains(where: { $0.lowercased() == wanted }) {
            return caller
        }
        // Personal accounts see nobody but themselves.
        guard caller.kind == .work else { return nil }
        let tenantID = caller.id.tenantID
        return directory.account(AccountID(tenantID: tenantID, objectID: wanted))
            ?? directory.account(signingInAs: name, under: .directory(tenantID))
            ?? directory.mailboxOwner(of: name).flatMap { $0.id.tenantID == tenantID ? $0 : nil }
    }

    /// Whom Microsoft's limits are counted for: the mailbox, whoever calls.
    func mailbox(concernedBy exchange: Exchange, caller: Account) -> AccountID {
        (addressee(GraphPath(exchange), caller: caller) ?? caller).id
    }

    /// The caller in front of the mailbox that the address names.
    func caller(_ caller: Caller, at path: GraphPath) throws(GraphFailure) -> Caller {
        guard case .user(let name) = path.owner else { return caller }
        // A token without the scopes for it is told so before anything is looked up.
        let needsShared = path.resource != .me
        let found = addressee(path, caller: caller.account)
        if found?.id == caller.account.id { return caller }
        if needsShared, !caller.hasSharedScopes { throw .accessDenied }
        guard let found else { throw needsShared ? .invalidUser(name) : .unknownUser(name) }
        var other = caller
        other.mailbox = found
        other.permissions = delegations.permissions(of: caller.account.id, on: found.id)
        return other
    }
}

extension SimulatorState.Caller {
    /// Whether the mailbox is somebody else's.
    var isDelegate: Bool { mailbox.id != account.id }

    var hasSharedScopes: Bool { scopes.contains { $0.hasSuffix(".shared") } }

    /// Whether the token allows it in this mailbox: elsewhere than at home only the `.Shared` scopes count, at home both.
    func may(_ names: String...) -> Bool {
        names.contains { name in
            let key = name.lowercased()
            return scopes.contains("\(key).shared") || !isDelegate && scopes.contains(key)
        }
    }

    /// Throws unless the token allows it and Exchange lets the caller into the mailbox.
    func checkAccess(_ isAllowed: Bool) throws(GraphFailure) {
        guard isAllowed, !isDelegate || permissions.contains(.fullAccess) else { throw .accessDenied }
    }
}
