import Foundation

/// The conditions of every subject. A subject has at most one of a kind; a repeated one replaces it.
struct ConditionBook: Sendable {
    enum Subject: Hashable, Sendable {
        case account(AccountID)
        /// By tenant id.
        case organization(String)
        /// By client id in lower case.
        case application(String)
    }

    private var bySubject: [Subject: [Condition]] = [:]

    func of(_ subject: Subject) -> [Condition] {
        bySubject[subject] ?? []
    }

    func has(_ kind: Condition.Kind, _ subject: Subject) -> Bool {
        bySubject[subject]?.contains { $0.kind == kind } ?? false
    }

    mutating func put(_ condition: Condition, on subject: Subject) {
        var list = of(subject)
        list.removeAll { $0.kind == condition.kind && $0.clientID == condition.clientID }
        list.append(condition)
        bySubject[subject] = list
    }

    /// Removes one kind, or all if nil. Returns how many were removed.
    @discardableResult
    mutating func remove(_ kind: Condition.Kind?, from subject: Subject) -> Int {
        let list = of(subject)
        let left = kind.map { kind in list.filter { $0.kind != kind } } ?? []
        bySubject[subject] = left.isEmpty ? nil : left
        return list.count - left.count
    }

    /// The conditions that apply to `account` as a user of `clientID`: its own, then its organisation's.
    func bearing(on account: AccountID, clientID: String) -> [Condition] {
        if bySubject.isEmpty { return [] }
        return (of(.account(account)) + of(.organization(account.tenantID))).filter {
            $0.clientID.map { $0.lowercased() == clientID.lowercased() } ?? true
        }
    }
}

/// The directory with conditions applied.
extension SimulatorState {
    /// Applies the condition from now on.
    mutating func put(_ condition: Condition, on subject: ConditionBook.Subject) {
        var condition = condition
        condition.since = now
        condition.grantsBefore = book.count
        conditions.put(condition, on: subject)
    }

    /// Whether Graph can reach the account's mailbox.
    func hasMailbox(_ account: Account) -> Bool {
        account.hasMailbox && !lacksMailbox(account, because: [.unlicensed, .onPremises, .deleted])
    }

    /// `/me`'s `mail`: nil without a licence; an on-premises mailbox keeps its address.
    func mail(of account: Account) -> String? {
        lacksMailbox(account, because: [.unlicensed]) ? nil : account.mail
    }

    private func lacksMailbox(_ account: Account, because kinds: Set<Condition.Kind>) -> Bool {
        conditions.bearing(on: account.id, clientID: "").contains { kinds.contains($0.kind) }
    }
}
