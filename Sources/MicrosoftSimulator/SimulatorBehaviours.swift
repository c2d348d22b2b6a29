/// What differs between Microsoft's answers of different days and sources, as switches.
package struct SimulatorBehaviours: Sendable, Equatable {
    package enum Rotation: String, Sendable, CaseIterable {
        /// A refresh gives a new refresh token and the old one stays valid: Microsoft's documented rule.
        case lenient
        /// A token that was used once, and every earlier one of its grant, is refused as `invalid_grant`. It is judged when
        /// it is used again, so the switch also decides over what was rotated before.
        case strict
    }

    package enum Separators: String, Sendable, CaseIterable {
        case alternating, lines, spaces
    }

    package var rotation = Rotation.lenient
    /// How long a refresh token lives without use, in days; each refresh begins anew.
    package var refreshTokenDays = 90
    /// Whether a refresh answers with an id_token, as Microsoft does. Signing is most of a refresh's cost; a load test may
    /// do without.
    package var idTokenOnRefresh = true
    /// What stands before `Trace ID:` in an error description.
    package var separators = Separators.alternating
    /// Whether redirects in the query end with a stray `#`.
    package var strayFragment = false
    /// Whether `/me` of a personal account fills `mail`.
    package var personalMail = false
    /// Whether work tokens carry every scope granted so far, not only those asked for.
    package var supersetScopes = false
    /// How long an administrator's consent takes to be seen.
    package var adminConsentDelaySeconds = 0
    /// Requests per application and mailbox in ten minutes.
    package var mailboxRequestLimit = 10_000
    /// Requests at once per application and mailbox.
    package var mailboxConcurrency = 4

    package init() {}
}
