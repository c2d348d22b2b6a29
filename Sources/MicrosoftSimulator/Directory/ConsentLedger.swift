import Foundation

/// Who has agreed to what, per application (contract 1.6).
struct ConsentLedger: Sendable {
    private struct Personal: Hashable {
        let clientID: String
        let account: AccountID
    }

    private struct Administrative: Hashable {
        let clientID: String
        let tenantID: String
    }

    /// Scope keys.
    private var byUser: [Personal: Set<String>] = [:]
    /// Scope keys, with the moment from which the grant has spread to every server.
    private var byAdministrator: [Administrative: [String: Date]] = [:]

    /// The scopes that `account` may use without being asked again.
    func granted(to clientID: String, by account: AccountID, at now: Date) -> Set<String> {
        let own = byUser[Personal(clientID: clientID, account: account)] ?? []
        return own.union(grantedByAdministrator(to: clientID, in: account.tenantID, at: now))
    }

    /// Whether anybody has agreed to anything on the account's behalf.
    func knows(_ clientID: String, account: AccountID, at now: Date) -> Bool {
        byUser[Personal(clientID: clientID, account: account)] != nil
            || !grantedByAdministrator(to: clientID, in: account.tenantID, at: now).isEmpty
    }

    func grantedByAdministrator(to clientID: String, in tenantID: String, at now: Date) -> Set<String> {
        let granted = byAdministrator[Administrative(clientID: clientID, tenantID: tenantID)] ?? [:]
        return Set(granted.filter { $0.value <= now }.keys)
    }

    mutating func grant(_ scopes: [Scope], to clientID: String, by account: AccountID) {
        let keys = scopes.permissions.map(\.key)
        byUser[Personal(clientID: clientID, account: account), default: []].formUnion(keys)
    }

    /// An administrator's consent counts from `effective` on: it takes a while to spread (contract 4).
    mutating func grantForAll(_ scopes: [Scope], to clientID: String, in tenantID: String, effective: Date) {
        for scope in scopes.permissions {
            byAdministrator[Administrative(clientID: clientID, tenantID: tenantID), default: [:]][scope.key] = effective
        }
    }

    /// Takes back what the account itself granted, to every application. An administrator's grant stays (contract 7).
    mutating func withdraw(by account: AccountID) {
        byUser = byUser.filter { $0.key.account != account }
    }

    mutating func withdrawForAll(in tenantID: String) {
        byAdministrator = byAdministrator.filter { $0.key.tenantID != tenantID }
    }
}
