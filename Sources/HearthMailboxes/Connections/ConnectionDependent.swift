package import Foundation
package import HearthCore
package import HearthMicrosoft
package import HearthRules
package import Postgres

/// A part of Hearth that stops when a mailbox's connection is lost and continues when it is restored: campaigns, shared
/// mailboxes, and everything that sends or reads mail.
///
/// Each is called within the transaction that records the loss, so a campaign is never active while its connection is
/// recorded as lost. The composition root lists them.
package protocol ConnectionDependent: Sendable {
    /// Locks the rows that depend on the mailbox, in primary-key order. Sent in one round trip with the locks of the mailbox
    /// and its grant, after them.
    ///
    /// - Parameter mailbox: an expression for the mailbox's id.
    func lock(_ mailbox: SQL, of tenant: Int64) -> SQL

    /// Returns how the rows use the mailbox; nil if this dependent does not define a use.
    func use(_ locked: Rows) throws -> ConnectionUse?

    /// Called when the connection is lost, or when the reason of the loss changes.
    func lost(_ loss: LostConnection, _ locked: Rows, in transaction: inout Transaction) throws

    /// Called when the connection works again, or its owner has consented again.
    func restored(_ connection: RestoredConnection, _ locked: Rows, in transaction: inout Transaction) throws
}

/// How a mailbox is used.
package struct ConnectionUse: Sendable {
    /// Whether it was never started. Its connection is then not checked periodically.
    package let isUnstarted: Bool
    /// The partner's own data about the mailbox.
    package let partnerData: PartnerData

    package init(isUnstarted: Bool, partnerData: PartnerData) {
        self.isUnstarted = isUnstarted
        self.partnerData = partnerData
    }
}

/// A connection that does not work.
package struct LostConnection: Sendable {
    package let mailboxID: Int64
    package let problem: ConnectionProblem
    /// False if it did not work before either, for another reason: the loss was already announced.
    package let isNews: Bool
    package let caller: Caller
    package let now: Date

    package var tenantID: Int64 { caller.tenantID }
    /// Whether its partner disconnected it: the tokens are destroyed, and only a new consent connects the mailbox again.
    var isDisconnection: Bool { problem == .disconnected }
}

/// A connection that works.
package struct RestoredConnection: Sendable {
    package enum Cause: Sendable {
        /// Microsoft accepts the grant again.
        case recovery
        /// The owner has consented again, which created a new grant.
        case consent
    }

    package let tenantID: Int64
    package let mailboxID: Int64
    package let cause: Cause
    /// The scopes of the grant that works now.
    package let scopes: GrantedScopes
    package let now: Date

    package init(tenantID: Int64, mailboxID: Int64, cause: Cause, scopes: GrantedScopes, now: Date) {
        self.tenantID = tenantID
        self.mailboxID = mailboxID
        self.cause = cause
        self.scopes = scopes
        self.now = now
    }
}

/// Everything that depends on one mailbox, locked.
package struct LockedDependents {
    private let locked: [(dependent: any ConnectionDependent, rows: Rows)]

    /// Returns the locking statements, one per dependent.
    package static func locks(_ dependents: [any ConnectionDependent], on mailbox: SQL, of tenant: Int64) -> [SQL] {
        dependents.map { $0.lock(mailbox, of: tenant) }
    }

    /// - Parameter rows: the results of ``locks(_:on:of:)``, in the same order.
    package init(_ dependents: [any ConnectionDependent], _ rows: some Collection<Rows>) {
        locked = Array(zip(dependents, rows)).map { (dependent: $0, rows: $1) }
    }

    /// Returns how the mailbox is used; nil if nothing uses it. It is unstarted only if every use is. The partner's data is
    /// that of the first use.
    package func use() throws -> ConnectionUse? {
        let uses = try locked.compactMap { try $0.dependent.use($0.rows) }
        return uses.first.map {
            ConnectionUse(isUnstarted: uses.allSatisfy(\.isUnstarted), partnerData: $0.partnerData)
        }
    }

    package func lost(_ loss: LostConnection, in transaction: inout Transaction) throws {
        for (dependent, rows) in locked { try dependent.lost(loss, rows, in: &transaction) }
    }

    package func restored(_ connection: RestoredConnection, in transaction: inout Transaction) throws {
        for (dependent, rows) in locked { try dependent.restored(connection, rows, in: &transaction) }
    }
}

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
