import Foundation
package import HearthCore
package import HearthGraphMail
package import HearthMicrosoft
package import HearthRules

/// A watch that something is done about, step by step, under one lease.
package struct WatchWork: ClaimedWork {
    package enum Step: Sendable, Equatable {
        /// Makes the secret of a new subscription.
        case prepareSubscription
        case subscribe(secret: String)
        case renew(id: String)
        /// Reads a page of a folder's changes.
        case sweep(WatchedFolder)
    }

    let watch: Watch
    /// Where each folder continues; a folder that is missing is read from its beginning.
    var positions: [WatchedFolder: String]
    var step: Step
    /// Whether this sweep has found anything.
    var hasFound = false

    init(watch: Watch, positions: [WatchedFolder: String], at now: Date) {
        self.watch = watch
        self.positions = positions
        if let due = watch.subscribeAt, due <= now {
            step = watch.subscriptionID.map(Step.renew) ?? .prepareSubscription
        } else {
            step = Self.firstSweep
        }
    }

    static let firstSweep = Step.sweep(.inbox)

    package var place: WorkPlace<Int64> { WorkPlace(tenant: watch.tenantID, unit: watch.mailboxID) }
    package var metadata: [String: String] { ["mailbox.id": String(watch.mailboxID)] }

    package enum Outcome: Sendable {
        case prepared(secret: String)
        case subscribed(GraphSubscription)
        /// A subscription is not possible here.
        case impossible(String)
        case subscriptionGone
        /// With what was found out about messages that have arrived.
        case page(DeltaPage, [Arrival])
        case resync
        case notConnected
        case failed(MicrosoftFault)
    }
}
