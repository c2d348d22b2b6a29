package import HearthCore
package import HearthMicrosoft

/// The parts shared by everything that uses a mailbox's connection, such as the client for Microsoft and the dependents.
package struct Connections: Sendable {
    package let dependencies: Dependencies
    package let microsoft: MicrosoftClient
    package let breaker: ApplicationBreaker
    /// In the order in which their rows are locked and their events are written.
    package let dependents: [any ConnectionDependent]

    package init(
        dependencies: Dependencies, microsoft: MicrosoftClient, breaker: ApplicationBreaker,
        dependents: [any ConnectionDependent]
    ) {
        self.dependencies = dependencies
        self.microsoft = microsoft
        self.breaker = breaker
        self.dependents = dependents
    }
}
