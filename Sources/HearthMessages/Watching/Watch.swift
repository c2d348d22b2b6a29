package import Foundation
import HearthCore
import HearthGraphMail
package import HearthRules
import HearthWeb
import Postgres
package import StrictJSON

/// The watch of a mailbox, under lease while something is done about it.
package struct Watch: Sendable {
    package let tenantID: Int64
    package let mailboxID: Int64
    package let content: ContentPolicy
    /// Mail that was received before is not shown.
    package let startedAt: Date
    package let subscriptionID: String?
    package let subscribedUntil: Date?
    package let subscriptionProblem: String?
    /// When the subscription is created or renewed; nil if it is not possible.
    let subscribeAt: Date?
    let sweepAt: Date
    let lease: Int64
    let attempts: Int
    package let notifiedAt: Date?
    package let sweptAt: Date?
    package let missed: Int
    /// Whether it waits for the mailbox to be connected.
    let isPaused: Bool
    /// The stored notifications that this sweep answers: their ids, and those of the messages.
    var notifications: [Int64] = []
    var notified: Set<String> = []

    package static let columns =
        """
        w.tenant_id, w.mailbox_id, w.content, w.started_at, w.subscription_id, w.subscribed_until,
        w.subscription_problem, w.subscribe_at, w.sweep_at, w.lease_no, w.attempts, w.notified_at, w.swept_at, w.missed,
        w.due_at IS NULL AS is_paused
        """

    init(row: Row) throws {
        tenantID = try row["tenant_id"]
        mailboxID = try row["mailbox_id"]
        content = try row["content"]
        startedAt = try row["started_at"]
        subscriptionID = try row[nullable: "subscription_id"]
        subscribedUntil = try row[nullable: "subscribed_until"]
        subscriptionProblem = try row[nullable: "subscription_problem"]
        subscribeAt = try row[nullable: "subscribe_at"]
        sweepAt = try row["sweep_at"]
        lease = try row["lease_no"]
        attempts = try row["attempts"]
        notifiedAt = try row[nullable: "notified_at"]
        sweptAt = try row[nullable: "swept_at"]
        missed = try row["missed"]
        isPaused = try row["is_paused"]
    }

    func hasSubscription(at now: Date) -> Bool { subscribedUntil.map { now < $0 } ?? false }

    /// Whether a message in the inbox or in junk is reported.
    ///
    /// - Parameter limit: older messages may have been known and forgotten.
    func shows(_ message: FoundMessage, keptSince limit: Date) -> Bool {
        guard !message.isDraft, let receivedAt = message.receivedAt else { return false }
        // Graph gives whole seconds.
        let start = Date(timeIntervalSince1970: startedAt.timeIntervalSince1970.rounded(.down))
        return receivedAt >= max(start, limit)
    }

    package func write(to json: inout JSONWriter, at now: Date) {
        json.object { json in
            json.member("mailbox_id", mailboxID)
            json.member("content", content.rawValue)
            json.member("started_at", startedAt)
            json.object("subscription") { json in
                json.member("active", hasSubscription(at: now))
                json.member("until", subscribedUntil)
                json.member("problem", subscriptionProblem)
                json.member("notified_at", notifiedAt)
                json.member("missed", missed)
            }
            json.member("swept_at", sweptAt)
        }
    }
}

/// Finds, claims and loads watches.
struct WatchStore: Sendable {
    let database: Database

    /// The most notifications that one sweep answers; the rest start another.
    private static let notifications = 5_000

    /// - Returns: nil if the mailbox is not watched.
    func find(_ mailbox: Int64, of tenant: Int64) async throws -> Watch? {
        try await database.read(Self.one(mailbox, of: tenant)).first.map(Watch.init)
    }

    static func one(_ mailbox: Int64, of tenant: Int64) -> SQL {
        """
        SELECT \(unescaped: Watch.columns) FROM mailbox_watches w
        WHERE w.tenant_id = \(tenant) AND w.mailbox_id = \(mailbox)
        """
    }

    /// Leases watches, with their positions and notifications.
    func claim(_ wanted: [DueMailbox], at now: Date) async throws -> [WatchWork] {
        let inOrder = wanted.sorted(by: DueMailbox.inOrder)
        return try await database.transaction { transaction in
            let rows = try transaction.query(
                all: inOrder.flatMap { due in
                    [
                        WatchTable.claim(due.mailboxID, of: due.tenantID, at: now),
                        """
                        SELECT folder, link FROM folder_cursors
                        WHERE tenant_id = \(due.tenantID) AND mailbox_id = \(due.mailboxID)
                        """,
                        """
                        SELECT notification_id, graph_id FROM change_notifications
                        WHERE tenant_id = \(due.tenantID) AND mailbox_id = \(due.mailboxID) LIMIT \(Self.notifications)
                        """,
                    ]
                })
            return try inOrder.indices.compactMap { index in
                guard let row = rows[3 * index].first else { return nil }
                var watch = try Watch(row: row)
                for row in rows[3 * index + 2] {
                    watch.notifications.append(try row["notification_id"])
                    if let id: String = try row[nullable: "graph_id"] { watch.notified.insert(id) }
                }
                let positions: [(WatchedFolder, String)] = try rows[3 * index + 1].map {
                    (try $0["folder"], try $0["link"])
                }
                return WatchWork(
                    watch: watch, positions: Dictionary(uniqueKeysWithValues: positions), at: now)
            }
        }
    }

    func release(_ watch: Watch) async throws {
        _ = try await database.write(WatchTable.release(watch))
    }
}
