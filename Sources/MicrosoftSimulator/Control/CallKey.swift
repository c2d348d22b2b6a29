/// The subject of a row of counters.
enum CallKey: Hashable, Sendable {
    case all, identity, graph
    case account(AccountID)
    /// By tenant id, including the tenant of personal accounts.
    case organization(String)
}

/// A request in progress, as the journal knows it.
struct JournalEntry: Sendable {
    let sequence: Int
    let keys: [CallKey]
    let isGraph: Bool
}
