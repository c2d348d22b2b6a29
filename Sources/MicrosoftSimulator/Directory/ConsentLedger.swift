import Foundation

/// The consents of users and administrators, per application. A withdrawn consent stays here, hidden by a condition, until
/// the next consent.
struct ConsentLedger: Sendable {
    /// Scope keys by client id.
    private typealias Agreed = [String: Set<String>]

    private var byUser: [AccountID: Agreed] = [:]
    /// By tenant id, then client id: scope keys with the time from which the consent is in effect everywhere.
    private var byAdministrator: [String: [String: [String: Date]]] = [:]

    func granted(to clientID: String, by account: AccountID) -> Set<String> {
        byUser[account]?[clientID] ?? []
    }

    /// Whether the account has ever consented, even if only to signing in.
    func knows(_ clientID: String, account: AccountID) -> Bool {
        byUser[account]?[clientID] != nil
    }

    func grantedByAdministrator(to clientID: String, in tenantID: String, at now: Date) -> Set<String> {
        Set((byAdministrator[tenantID]?[clientID] ?? [:]).filter { $0.value <= now }.keys)
    }

    mutating func grant(_ keys: Set<String>, to clientID: String, by account: AccountID) {
        byUser[account, default: [:]][clientID, default: []].formUnion(keys)
    }

    /// An administrator's consent counts from `effective` on, because it takes a while to propagate. Scopes already in effect
    /// stay so.
    mutating func grantForAll(_ scopes: [Scope], to clientID: String, in tenantID: String, effective: Date) {
        for scope in scopes.permissions {
            let known = byAdministrator[tenantID]?[clientID]?[scope.key]
            byAdministrator[tenantID, default: [:]][clientID, default: [:]][scope.key] = min(
                known ?? effective, effective)
        }
    }

    /// - Parameter clientID: nil for all applications.
    mutating func forget(by account: AccountID, clientID: String?) {
        if let clientID { byUser[account]?[clientID] = nil } else { byUser[account] = nil }
    }

    mutating func forgetAdministrator(of tenantID: String, clientID: String?) {
        if let clientID { byAdministrator[tenantID]?[clientID] = nil } else { byAdministrator[tenantID] = nil }
    }

    /// Forgets all consents in the tenant, including the administrator's.
    mutating func forgetAll(in tenantID: String, clientID: String?) {
        forgetAdministrator(of: tenantID, clientID: clientID)
        for account in byUser.keys where account.tenantID == tenantID { forget(by: account, clientID: clientID) }
    }
}

/// The ledger with conditions applied.
extension SimulatorState {
    /// The scope keys that `account` has consented to.
    func consented(to clientID: String, by account: AccountID) -> Set<String> {
        let bearing = conditions.bearing(on: account, clientID: clientID).map(\.kind)
        if bearing.contains(.applicationRemoved) { return [] }
        let own = bearing.contains(.consentRemoved) ? [] : consents.granted(to: clientID, by: account)
        return bearing.contains(.adminConsentRemoved)
            ? own : own.union(consents.grantedByAdministrator(to: clientID, in: account.tenantID, at: now))
    }

    /// Whether the account or its administrator has consented to anything.
    func isKnown(_ clientID: String, to account: AccountID) -> Bool {
        let bearing = conditions.bearing(on: account, clientID: clientID).map(\.kind)
        let isHidden = bearing.contains(.consentRemoved) || bearing.contains(.applicationRemoved)
        return !isHidden && consents.knows(clientID, account: account)
            || !consented(to: clientID, by: account).isEmpty
    }

    /// The person consents. Scopes withdrawn before do not come back.
    mutating func consent(to scopes: [Scope], of clientID: String, by account: AccountID) {
        for condition in conditions.bearing(on: account, clientID: clientID) {
            switch condition.kind {
            case .consentRemoved:
                consents.forget(by: account, clientID: condition.clientID)
                conditions.remove(.consentRemoved, from: .account(account))
            case .applicationRemoved:
                bringBack(condition, in: account.tenantID)
            default: break
            }
        }
        consents.grant(Set(scopes.permissions.map(\.key)), to: clientID, by: account)
    }

    /// The administrator consents for everybody.
    mutating func consentForAll(to scopes: [Scope], of clientID: String, in tenantID: String, effective: Date) {
        for condition in conditions.of(.organization(tenantID)) {
            switch condition.kind {
            case .adminConsentRemoved:
                consents.forgetAdministrator(of: tenantID, clientID: condition.clientID)
                conditions.remove(.adminConsentRemoved, from: .organization(tenantID))
            case .applicationRemoved:
                bringBack(condition, in: tenantID)
            default: break
            }
        }
        consents.grantForAll(scopes, to: clientID, in: tenantID, effective: effective)
    }

    /// A removed application returns with the first new consent, without the old ones.
    private mutating func bringBack(_ condition: Condition, in tenantID: String) {
        consents.forgetAll(in: tenantID, clientID: condition.clientID)
        conditions.remove(.applicationRemoved, from: .organization(tenantID))
    }
}
