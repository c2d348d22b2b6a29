import Foundation
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes for the watch of a mailbox.
struct WatchRoutes {
    let dependencies: Dependencies

    private var store: WatchStore { WatchStore(database: dependencies.database) }

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        let mailbox = try context.mailboxID()
        guard let watch = try await store.find(mailbox, of: context.tenantID) else {
            _ = try await MailboxStore(database: dependencies.database).find(mailbox, of: context.tenantID)
            throw APIError.notWatched
        }
        return Envelope.response(code: "WATCH_FETCHED", message: "Watch fetched") {
            watch.write(to: &$0, at: dependencies.now())
        }
    }

    /// Begins to watch a mailbox, or changes how much of its mail is kept. Keeping less destroys what was kept.
    func begin(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let mailbox = try context.mailboxID()
        let body = try await ParsedBody.read(request, context: context)
        var fields = Fields(body)
        let content = fields.choice("content", as: ContentPolicy.self)
        try fields.validated()
        let response = try await write.once(body) { call in
            let now = dependencies.now()
            return try await dependencies.database.transaction { transaction in
                let found = try transaction.query(
                    "\(MailboxStore.one(mailbox, of: context.tenantID)) FOR SHARE OF m"
                ).first
                guard let found = try found.map(Mailbox.init) else { throw APIError.mailboxNotFound }
                guard let access = found.access else { throw APIError.connectionDisconnected }
                guard access.level.mayRead else { throw APIError.mailboxMayNotRead }
                _ = try transaction.query(
                    WatchTable.begin(mailbox, of: context.tenantID, content: content, at: now))
                if content == ContentPolicy.none {
                    transaction.write(ReceivedMessageTable.wipe(mailbox, of: context.tenantID))
                }
                guard
                    let watch = try transaction.query(WatchStore.one(mailbox, of: context.tenantID)).first.map(
                        Watch.init)
                else { throw APIError.notWatched }
                let answer = Envelope.prepared(
                    code: "MAILBOX_WATCHED",
                    message: "The mailbox is watched. Mail that arrives from now on is reported."
                ) { watch.write(to: &$0, at: now) }
                return try call.record(answer, in: &transaction)
            }
        }
        dependencies.work.watchDue()
        return response
    }
}

extension APIError {
    static let notWatched = APIError(
        .notFound, code: "WATCH_NOT_FOUND",
        message: "The mailbox is not watched. Begin with POST /api/v1/mailboxes/{id}/watch.")

    static let mailboxMayNotRead = APIError(
        .conflict, code: "MAILBOX_MAY_NOT_READ",
        message:
            "The owner has not allowed reading. Have the owner consent again with a permission level that includes it: read_only, read_send or warmup."
    )
}
