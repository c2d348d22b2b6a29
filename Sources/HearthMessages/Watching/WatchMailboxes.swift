import Crypto
package import Foundation
package import HearthCore
import HearthGraphMail
package import HearthMailboxes
import HearthMicrosoft
import HearthRules
import Logging
import Postgres

/// Watches mailboxes: keeps their subscriptions at Microsoft, and sweeps their folders when a notification has come and, in
/// any case, from time to time. Without subscriptions the sweeps work alone.
///
/// A mailbox is swept once at a time in the whole cluster. At most 64 are in flight per process, and 16 of one tenant.
package struct WatchMailboxes: LeasedWork {
    package static let name = "watch_mailboxes"
    package static let limits = WorkLimits<Int64>(whole: 64, perTenant: 16, perUnit: { _ in 1 }, claimBatch: 16)

    private static let limit = Duration.seconds(60)
    private static let callLimit = Duration.seconds(30)

    private let store: WatchStore
    private let connections: Connections
    private let connection: ConnectionCheck
    private let now: @Sendable () -> Date
    private let logger: Logger

    /// Microsoft cannot call this service.
    private static let unreachable = WatchWork.Outcome.impossible("NO_PUBLIC_HTTPS_URL")

    private var dependencies: Dependencies { connections.dependencies }
    private var retention: TimeInterval { dependencies.settings.retention.messages }
    private var urls: NotificationURLs? { NotificationURLs(dependencies.settings) }

    package init(_ connections: Connections) {
        self.init(connections, database: connections.dependencies.workDatabase)
    }

    /// - Parameter database: the pool of whoever waits for the work.
    init(_ connections: Connections, database: Database) {
        self.connections = connections
        store = WatchStore(database: database)
        connection = ConnectionCheck(connections, database: database)
        now = connections.dependencies.now
        logger = connections.dependencies.logger
    }

    package func discover(_ room: WorkRoom<Int64>, at now: Date) async throws -> WorkLook<DueMailbox> {
        try await DueMailbox.look(room, in: store.database) { WatchTable.due(at: now, limit: $0, without: $1) }
    }

    package func claim(_ wanted: [WantedWork<DueMailbox>], at now: Date) async throws -> [WatchWork] {
        try await store.claim(wanted.map(\.due), at: now)
    }

    package func release(_ claim: WatchWork) async throws {
        try await store.release(claim.watch)
    }

    // MARK: Acting

    package func act(on claim: WatchWork) async throws -> WatchWork.Outcome {
        if claim.step == .prepareSubscription {
            guard urls != nil else { return Self.unreachable }
            return .prepared(secret: NotificationSecret.make(dependencies.randomBytes))
        }
        do {
            return try await connection.call(
                claim.watch.mailboxID, of: claim.watch.tenantID, within: Self.limit
            ) { access in
                try await carryOut(
                    claim,
                    in: GraphMailbox(connections.microsoft, accessToken: access.token, timeout: Self.callLimit))
            }
        } catch is ConnectionCheck.NotConnected {
            return .notConnected
        } catch is GraphMailbox.SubscriptionGone {
            return .subscriptionGone
        } catch is ResyncRequired {
            return .resync
        } catch let fault as MicrosoftFault {
            return .failed(fault)
        }
    }

    private func carryOut(_ claim: WatchWork, in mailbox: GraphMailbox) async throws -> WatchWork.Outcome {
        switch claim.step {
        case .prepareSubscription:
            return Self.unreachable
        case .subscribe(let secret):
            guard let urls else { return Self.unreachable }
            let state = NotificationSecret.clientState(secret, of: claim.watch)
            return .subscribed(try await subscribe(mailbox, urls, clientState: state))
        case .renew(let id):
            return .subscribed(try await mailbox.renew(id, until: now().addingTimeInterval(WatchSchedule.life)))
        case .sweep(let folder):
            let page = try await mailbox.changes(in: folder, after: claim.positions[folder])
            guard folder != .sent else { return .page(page, []) }
            let inspector = ArrivalInspector(
                database: store.database, keyRing: dependencies.keyRing, watch: claim.watch, mailbox: mailbox)
            let arrived = page.messages.filter {
                claim.watch.shows($0, keptSince: now().addingTimeInterval(-retention))
            }
            return .page(page, try await inspector.inspect(arrived))
        }
    }

    /// A subscription of which Hearth lost the answer is in the way; it is ended, because its secret is not known any more.
    private func subscribe(
        _ mailbox: GraphMailbox, _ urls: NotificationURLs, clientState: String
    ) async throws(MicrosoftFault) -> GraphSubscription {
        let expiry = now().addingTimeInterval(WatchSchedule.life)
        do {
            return try await mailbox.subscribe(
                notifying: urls.changes, lifecycle: urls.lifecycle, clientState: clientState, until: expiry)
        } catch {
            guard error.isDuplicateSubscription else { throw error }
            for other in try await mailbox.subscriptions() where other.notificationURL == urls.changes {
                try await mailbox.unsubscribe(other.id)
            }
            return try await mailbox.subscribe(
                notifying: urls.changes, lifecycle: urls.lifecycle, clientState: clientState, until: expiry)
        }
    }

    // MARK: Settling

    package func settle(_ claim: WatchWork, _ outcome: WatchWork.Outcome) async throws -> WatchWork? {
        let now = now()
        if case .failed(let fault) = outcome {
            logger.info(
                "A mailbox could not be watched; trying again",
                metadata: ["mailbox.id": "\(claim.watch.mailboxID)", "fault.cause": "\(fault.cause)"])
        }
        let settlement = WatchSettlement(claim: claim, ids: dependencies.ids, keyRing: dependencies.keyRing, now: now)
        let prepared = try await settlement.prepare(outcome)
        let (next, isTold) = try await store.database.transaction {
            try settlement.commit(outcome, ids: prepared, in: &$0)
        }
        if isTold { dependencies.work.eventCommitted() }
        // A complete sweep is a successful look at the mailbox, which its health badge shows.
        if next == nil, case .page = outcome {
            try await connection.succeeded(claim.watch.mailboxID, of: claim.watch.tenantID)
        }
        return next
    }
}

/// Where Microsoft sends notifications.
struct NotificationURLs: Sendable {
    static let changesPath = "graph/notifications"
    static let lifecyclePath = "graph/lifecycle"

    let changes: String
    let lifecycle: String

    /// - Returns: nil if Microsoft cannot call this service: it accepts https only. A simulator may accept http.
    init?(_ settings: Settings) {
        guard settings.publicURL.hasPrefix("https") || settings.isDevelopment else { return nil }
        changes = "\(settings.publicURL)/\(Self.changesPath)"
        lifecycle = "\(settings.publicURL)/\(Self.lifecyclePath)"
    }
}

/// The `clientState` of a subscription: `<tenant>.<mailbox>.<secret>`, of which only the hash is stored.
enum NotificationSecret {
    static func make(_ randomBytes: (Int) -> [UInt8]) -> String { Base64URL.encode(randomBytes(32)) }

    static func clientState(_ secret: String, of watch: Watch) -> String {
        "\(watch.tenantID).\(watch.mailboxID).\(secret)"
    }

    static func hash(_ secret: String) -> [UInt8] { Array(SHA256.hash(data: Array(secret.utf8))) }
}
