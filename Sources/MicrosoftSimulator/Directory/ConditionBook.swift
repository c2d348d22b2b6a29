import Foundation

/// What has happened to whom. A condition of a kind happens once; again, it happens anew.
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

    /// Undoes one kind, or everything when nil. Gives back how many were undone.
    @discardableResult
    mutating func remove(_ kind: Condition.Kind?, from subject: Subject) -> Int {
        let list = of(subject)
        let left = kind.map { kind in list.filter { $0.kind != kind } } ?? []
        bySubject[subject] = left.isEmpty ? nil : left
        return list.count - left.count
    }

    /// The conditions that bear on `account` as a user of `clientID`: its own, then its organisation's.
    func bearing(on account: AccountID, clientID: String) -> [Condition] {
        if bySubject.isEmpty { return [] }
        return (of(.account(account)) + of(.organization(account.tenantID))).filter {
            $0.clientID.map { $0.lowercased() == clientID.lowercased() } ?? true
        }
    }
}

/// What conditions make of the directory.
extension SimulatorState {
    /// Lets it happen, now.
    mutating func put(_ condition: Condition, on subject: ConditionBook.Subject) {
        var condition = condition
        condition.since = now
        condition.grantsBefore = book.count
        conditions.put(condition, on: subject)
    }

    /// Whether Graph reaches a mailbox of the account.
    func hasMailbox(_ account: Account) -> Bool {
        account.hasMailbox && !lacksMailbox(account, because: [.unlicensed, .onPremises, .deleted])
    }

    /// `/me`'s `mail`: none without a licence; an address on premises stays.
    func mail(of account: Account) -> String? {
        lacksMailbox(account, because: [.unlicensed]) ? nil : account.mail
    }

    private func lacksMailbox(_ account: Account, because kinds: Set<Condition.Kind>) -> Bool {
        conditions.bearing(on: account.id, clientID: "").contains { kinds.contains($0.kind) }
    }
}
