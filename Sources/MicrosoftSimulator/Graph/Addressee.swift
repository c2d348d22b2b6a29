/// The mailbox that a path addresses: `/me/...` or `/users/{id, address}/...`.
extension SimulatorState {
    /// The account that the path addresses; nil if the caller's directory does not know the name.
    func addressee(_ path: GraphPath, caller: Account) -> Account? {
        guard case .user(let name) = path.owner else { return path.owner == .me ? caller : nil }
        let wanted = name.lowercased()
        if [caller.graphID, caller.address, caller.userPrincipalName].contains(where: { $0.lowercased() == wanted }) {
            return caller
        }
        // Personal accounts see only themselves.
        guard caller.kind == .work else { return nil }
        let tenantID = caller.id.tenantID
        return directory.account(AccountID(tenantID: tenantID, objectID: wanted))
            ?? directory.account(signingInAs: name, under: .directory(tenantID))
            ?? directory.mailboxOwner(of: name).flatMap { $0.id.tenantID == tenantID ? $0 : nil }
    }

    /// The mailbox that Microsoft's limits count for, regardless of the caller.
    func mailbox(concernedBy exchange: Exchange, caller: Account) -> AccountID {
        (addressee(GraphPath(exchange), caller: caller) ?? caller).id
    }

    /// The caller with the addressed mailbox and the permissions on it.
    func caller(_ caller: Caller, at path: GraphPath) throws(GraphFailure) -> Caller {
        guard case .user(let name) = path.owner else { return caller }
        // Missing scopes are refused before the name is looked up.
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
    /// Whether the mailbox belongs to somebody else.
    var isDelegate: Bool { mailbox.id != account.id }

    var hasSharedScopes: Bool { scopes.contains { $0.hasSuffix(".shared") } }

    /// Whether the token has one of the scopes: in the caller's own mailbox in either form, in others only as `.Shared`.
    func may(_ names: String...) -> Bool {
        names.contains { name in
            let key = name.lowercased()
            return scopes.contains("\(key).shared") || !isDelegate && scopes.contains(key)
        }
    }

    /// Throws unless the token allows the operation and Exchange gives the caller access to the mailbox.
    func checkAccess(_ isAllowed: Bool) throws(GraphFailure) {
        guard isAllowed, !isDelegate || permissions.contains(.fullAccess) else { throw .accessDenied }
    }
}
