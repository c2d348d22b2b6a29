import Foundation
import HTTPTypes
import HearthRules
import Hummingbird
import Postgres
import StrictJSON

/// The ends of a mailbox: `POST /mailboxes/{id}/disconnect` and `DELETE /mailboxes/{id}`.
struct DisconnectRoutes {
    let database: Database
    let work: WorkHints
    let idempotency: Idempotency
    let now: @Sendable () -> Date

    /// What is left of a deleted mailbox is destroyed after so long at the latest.
    static let retention: TimeInterval = 30 * 86_400

    init(_ dependencies: Dependencies) {
        database = dependencies.database
        work = dependencies.work
        idempotency = Idempotency(dependencies)
        now = dependencies.now
    }

    func disconnect(_ request: Request, context: TenantContext) async throws -> Response {
        try await end(request, context) { lock, now, transaction in
            guard lock.deletedAt == nil else { throw APIError.mailboxNotFound }
            let (mailbox, isTold) = try lock.disconnect(by: Caller(context), at: now, in: &transaction)
            let answer = Envelope.prepared(
                code: "MAILBOX_DISCONNECTED", message: "Every use has stopped and the tokens are destroyed."
            ) { json in
                mailbox.write(to: &json, at: now) { ConsentWithdrawal(accountType: mailbox.accountType).write(to: &$0) }
            }
            return (answer, isTold)
        }
    }

    func delete(_ request: Request, context: TenantContext) async throws -> Response {
        try await end(request, context) { lock, now, transaction in
            guard lock.mailbox.uses.isEmpty else { throw APIError.mailboxInUse(by: lock.mailbox.uses) }
            let (mailbox, isTold) = try lock.disconnect(by: Caller(context), at: now, in: &transaction)
            let deletedAt = lock.deletedAt ?? now
            let purgeAt = lock.purgeAt ?? now.addingTimeInterval(Self.retention)
            if lock.deletedAt == nil { lock.markDeleted(at: deletedAt, purgeAt: purgeAt, in: &transaction) }
            let answer = Envelope.prepared(
                code: "MAILBOX_DELETED", message: "Deleted; what is left of it is destroyed by data.purged_by."
            ) { json in
                json.object { json in
                    json.member("id", mailbox.id)
                    json.member("deleted_at", RFC3339.format(deletedAt))
                    json.member("purged_by", RFC3339.format(purgeAt))
                    ConsentWithdrawal(accountType: mailbox.accountType).write(to: &json)
                }
            }
            return (answer, isTold)
        }
    }

    private func end(
        _ request: Request, _ context: TenantContext,
        _ effect: @escaping @Sendable (MailboxLock, Date, inout Transaction) throws -> (PreparedAnswer, Bool)
    ) async throws -> Response {
        let id = try context.mailboxID()
        return try await idempotency.run(request, context, body: .empty) { call in
            let now = now()
            let (answer, isTold) = try await database.transaction { transaction in
                let lock = try MailboxLock.take(id, of: context.tenantID, in: &transaction)
                let (answer, isTold) = try effect(lock, now, &transaction)
                try call.record(answer, in: &transaction)
                return (answer, isTold)
            }
            if isTold { work.eventCommitted() }
            return answer
        }
    }
}

extension APIError {
    static func mailboxInUse(by uses: [Mailbox.Use]) -> APIError {
        APIError(
            .conflict, code: "MAILBOX_IN_USE",
            message: "Campaigns use this mailbox. Delete them first, or disconnect the mailbox.",
            details: [
                (
                    "campaigns",
                    .array(
                        uses.map { use in
                            .object(
                                JSONObject([
                                    .init(name: "id", value: .integer(use.campaignID)),
                                    .init(name: "email", value: .string(use.email)),
                                    .init(name: "status_code", value: .string(use.status.rawValue)),
                                ]))
                        })
                )
            ])
    }
}
