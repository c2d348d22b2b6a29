package import Foundation
package import HearthCore
package import HearthRules
package import Postgres

/// A part of Hearth that stops when a mailbox's connection is lost, and goes on when it is restored: campaigns, shared
/// mailboxes, and all that sends or reads mail.
///
/// Each is told inside the transaction that records the loss, so there is no moment at which the mailbox is lost and its
/// campaign is active. The composition root lists them.
package protocol ConnectionDependent: Sendable {
    /// Locks the rows that depend on the mailbox, in primary-key order. It leaves in one round trip with the lock of the
    /// mailbox and of its grant, after them.
    ///
    /// - Parameter mailbox: an expression for the mailbox's id.
    func lock(_ mailbox: SQL, of tenant: Int64) -> SQL

    /// How the rows use the mailbox; nil where they say nothing about that.
    func use(_ locked: Rows) throws -> ConnectionUse?

    /// The connection does not work any more, or works no more for another reason than before.
    func lost(_ loss: LostConnection, _ locked: Rows, in transaction: inout Transaction) throws

    /// The connection works again, or its owner has consented again.
    func restored(_ connection: RestoredConnection, _ locked: Rows, in transaction: inout Transaction) throws
}

/// How a mailbox is used.
package struct ConnectionUse: Sendable {
    /// Whether nobody has started it yet: its connection is not looked at by itself.
    package let isUnstarted: Bool
    /// What its partner said of the mailbox with it.
    package let holder: MailboxHolder

    package init(isUnstarted: Bool, holder: MailboxHolder) {
        self.isUnstarted = isUnstarted
        self.holder = holder
    }
}

/// A connection that does not work.
package struct LostConnection: Sendable {
    package let mailboxID: Int64
    package let problem: ConnectionProblem
    /// False when it did not work before, for another reason: partners have been told of the loss then.
    package let isNews: Bool
    package let caller: Caller
    package let now: Date

    package var tenantID: Int64 { caller.tenantID }
    /// Whether its partner wanted it: the tokens are destroyed, and only a new consent connects the mailbox again.
    var isEnd: Bool { problem == .disconnected }
}

/// A connection that works.
package struct RestoredConnection: Sendable {
    package enum Cause: Sendable {
        /// Microsoft accepts the grant again.
        case recovery
        /// The owner has consented again, which brings a new grant.
        case consent
    }

    package let tenantID: Int64
    package let mailboxID: Int64
    package let cause: Cause
    /// Of the grant that works now.
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

/// Everything that depends on one mailbox, under lock.
package struct LockedDependents {
    private let locked: [(dependent: any ConnectionDependent, rows: Rows)]

    /// The statements that lock, one for each dependent.
    package static func locks(_ dependents: [any ConnectionDependent], on mailbox: SQL, of tenant: Int64) -> [SQL] {
        dependents.map { $0.lock(mailbox, of: tenant) }
    }

    /// - Parameter rows: what ``locks(_:on:of:)`` returned, in the same order.
    package init(_ dependents: [any ConnectionDependent], _ rows: some Collection<Rows>) {
        locked = Array(zip(dependents, rows)).map { (dependent: $0, rows: $1) }
    }

    /// How the mailbox is used; nil when nothing uses it. It is unstarted only if every use is; what its partner said of it
    /// comes from the first.
    package func use() throws -> ConnectionUse? {
        let uses = try locked.compactMap { try $0.dependent.use($0.rows) }
        return uses.first.map {
            ConnectionUse(isUnstarted: uses.allSatisfy(\.isUnstarted), holder: $0.holder)
        }
    }

    package func lost(_ loss: LostConnection, in transaction: inout Transaction) throws {
        for (dependent, rows) in locked { try dependent.lost(loss, rows, in: &transaction) }
    }

    package func restored(_ connection: RestoredConnection, in transaction: inout Transaction) throws {
        for (dependent, rows) in locked { try dependent.restored(connection, rows, in: &transaction) }
    }
}
