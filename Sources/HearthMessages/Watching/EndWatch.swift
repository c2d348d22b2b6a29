import HearthCore
import HearthGraphMail
import HearthMailboxes
import HearthMicrosoft
import HearthWeb
import Hummingbird
import Logging
import Postgres
import StrictJSON

/// `DELETE /mailboxes/{id}/watch`: stops watching a mailbox. What it has reported stays.
struct EndWatch: Sendable {
    let connections: Connections
    private let connection: ConnectionCheck

    private static let limit = Duration.seconds(5)

    init(_ connections: Connections) {
        self.connections = connections
        connection = ConnectionCheck(connections, database: connections.dependencies.database)
    }

    func run(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let mailbox = try context.mailboxID()
        let tenant = context.tenantID
        let database = connections.dependencies.database
        return try await write.once { call in
            guard let watch = try await WatchStore(database: database).find(mailbox, of: tenant) else {
                _ = try await MailboxStore(database: database).find(mailbox, of: tenant)
                throw APIError.notWatched
            }
            if let subscription = watch.subscriptionID { await unsubscribe(subscription, of: watch) }
            return try await database.transaction { transaction in
                transaction.write(WatchTable.end(mailbox, of: tenant))
                let answer = Envelope.prepared(
                    code: "WATCH_ENDED", message: "The mailbox is no longer watched. What was reported stays."
                ) { json in json.object { $0.member("mailbox_id", mailbox) } }
                return try call.record(answer, in: &transaction)
            }
        }
    }

    /// Ends the subscription at Microsoft. If that fails it ends by itself, and its notifications are dropped.
    private func unsubscribe(_ subscription: String, of watch: Watch) async {
        do {
            try await connection.call(watch.mailboxID, of: watch.tenantID, within: Self.limit) { access in
                try await GraphMailbox(
                    connections.microsoft, accessToken: access.token, timeout: Self.limit
                ).unsubscribe(subscription)
            }
        } catch {
            connections.dependencies.logger.info(
                "A subscription could not be ended; it ends by itself",
                metadata: ["mailbox.id": "\(watch.mailboxID)", "error": "\(error)"])
        }
    }
}
