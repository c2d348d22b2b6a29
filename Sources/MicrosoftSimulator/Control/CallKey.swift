/// Whose calls a row of counters holds.
enum CallKey: Hashable, Sendable {
    case all, identity, graph
    case account(AccountID)
    /// By tenant id; the tenant of personal accounts too.
    case organization(String)
}

/// A request that is under way, as the journal knows it.
struct JournalEntry: Sendable {
    let sequence: Int
    let keys: [CallKey]
    let isGraph: Bool
}
