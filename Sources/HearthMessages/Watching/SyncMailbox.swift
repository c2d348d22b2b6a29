import Foundation
import HearthCore
import HearthMailboxes
import HearthMicrosoft
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Sweeps a mailbox at once, for somebody who waits.
struct SyncMailbox: Sendable {
    private let store: WatchStore
    private let work: WatchMailboxes
    private let now: @Sendable () -> Date

    /// How long somebody waits. A sweep that takes longer goes on without them.
    private static let limit = Duration.seconds(10)

    init(_ connections: Connections) {
        store = WatchStore(database: connections.dependencies.database)
        work = WatchMailboxes(connections, database: connections.dependencies.database)
        now = connections.dependencies.now
    }

    struct Result: Sendable {
        /// Messages that have arrived and were not known before.
        let found: Int
        /// Whether the sweep has ended.
        let isComplete: Bool
    }

    /// - Throws: 404 `MAILBOX_NOT_FOUND` or `WATCH_NOT_FOUND`; 409 or 503 with the reason why the mailbox cannot be read; 503 `SYNC_RUNNING`.
    func run(_ mailbox: Int64, of tenant: Int64) async throws -> Result {
        let began = now()
        let deadline = ContinuousClock.now + Self.limit
        guard try await store.find(mailbox, of: tenant) != nil else {
            _ = try await MailboxStore(database: store.database).find(mailbox, of: tenant)
            throw APIError.notWatched
        }
        _ = try await store.database.write(WatchTable.wake(mailbox, of: tenant, at: began))
        let due = DueMailbox(tenantID: tenant, mailboxID: mailbox)
        guard var claim = try await store.claim([due], at: began).first else {
            guard let watch = try await store.find(mailbox, of: tenant), watch.isPaused else {
                throw APIError.syncRunning
            }
            throw APIError.connectionDisconnected
        }
        let isComplete: Bool
        do {
            isComplete = try await sweep(&claim, until: deadline)
        } catch {
            // Whoever asked may have gone; the lease must not keep the worker away.
            let watch = claim.watch
            await cleanUp("the lease of a watch") { [store] in try await store.release(watch) }
            throw error
        }
        return Result(found: try await found(mailbox, tenant, since: began), isComplete: isComplete)
    }

    /// - Returns: whether the sweep has ended in time. If not, the worker goes on with it.
    private func sweep(_ claim: inout WatchWork, until deadline: ContinuousClock.Instant) async throws -> Bool {
        while true {
            let outcome = try await work.act(on: claim)
            let next = try await work.settle(claim, outcome)
            if case .sweep = claim.step { try Self.check(outcome) }
            guard let next else { return true }
            claim = next
            if ContinuousClock.now > deadline {
                try await work.release(claim)
                return false
            }
        }
    }

    /// Throws the reason why a folder could not be read.
    private static func check(_ outcome: WatchWork.Outcome) throws {
        switch outcome {
        case .failed(let fault): throw APIError(connection: fault)
        case .notConnected: throw APIError.connectionDisconnected
        default: return
        }
    }

    private func found(_ mailbox: Int64, _ tenant: Int64, since began: Date) async throws -> Int {
        try await store.database.read(
            """
            SELECT count(*) AS found FROM received_messages
            WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox) AND found_at >= \(began)
            """
        ).scalar("found") ?? 0
    }
}

/// `POST /mailboxes/{id}/sync`.
struct SyncRoutes {
    let dependencies: Dependencies
    let sync: SyncMailbox

    func run(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let mailbox = try context.mailboxID()
        let tenant = context.tenantID
        return try await write.once { call in
            let result = try await sync.run(mailbox, of: tenant)
            return try await dependencies.database.transaction { transaction in
                guard let watch = try transaction.query(WatchStore.one(mailbox, of: tenant)).first.map(Watch.init)
                else {
                    throw APIError.notWatched
                }
                let answer = Envelope.prepared(
                    code: "MAILBOX_SYNCED",
                    message: result.isComplete
                        ? "The folders were read to their end." : "The folders are still being read; this goes on."
                ) { json in
                    json.object { json in
                        json.member("found", result.found)
                        json.member("complete", result.isComplete)
                        json.name("watch")
                        watch.write(to: &json, at: dependencies.now())
                    }
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }
}

extension APIError {
    static let syncRunning = APIError(
        .serviceUnavailable, code: "SYNC_RUNNING",
        message: "The mailbox is being read already. Look at its watch, or try again after the seconds in Retry-After.",
        retryAfterSeconds: 5)
}
