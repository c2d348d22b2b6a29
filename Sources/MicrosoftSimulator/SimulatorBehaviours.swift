/// What differs between Microsoft's answers of different days and sources, as switches (contract 10).
package struct SimulatorBehaviours: Sendable, Equatable {
    package enum Rotation: String, Sendable, CaseIterable {
        /// A refresh gives a new refresh token and the old one stays valid: Microsoft's documented rule (contract 2.5).
        case lenient
        /// The old one dies with its use.
        case strict
    }

    package enum Separators: String, Sendable, CaseIterable {
        case alternating, lines, spaces
    }

    package var rotation = Rotation.lenient
    /// What stands before `Trace ID:` in an error description (contract 2.3).
    package var separators = Separators.alternating
    /// Whether redirects in the query end with a stray `#` (contract 1.3).
    package var strayFragment = false
    /// Whether `/me` of a personal account fills `mail` (contract 5.1).
    package var personalMail = false
    /// Whether work tokens carry every scope granted so far, not only those asked for (contract 2.2).
    package var supersetScopes = false
    /// How long an administrator's consent takes to be seen (contract 4).
    package var adminConsentDelaySeconds = 0
    /// Requests per application and mailbox in ten minutes (contract 5.11).
    package var mailboxRequestLimit = 10_000
    /// Requests at once per application and mailbox (contract 5.11).
    package var mailboxConcurrency = 4

    package init() {}
}
