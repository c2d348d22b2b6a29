import Foundation
import HearthCore
import HearthRules
package import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes that read and recheck mailboxes.
struct MailboxRoutes {
    let store: MailboxStore
    let recheck: RecheckMailbox
    let now: @Sendable () -> Date

    init(_ connections: Connections) {
        let dependencies = connections.dependencies
        store = MailboxStore(database: dependencies.database)
        recheck = RecheckMailbox(connections)
        now = dependencies.now
    }

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        var fields = try Fields(query: request.uri.query)
        let wanted = PageRequest(of: .mailboxes, &fields) ?? PageRequest(firstOf: .mailboxes)
        let filter = MailboxFilter(&fields)
        try fields.validated()
        let now = now()
        return try await store.list(filter, page: wanted, of: context.tenantID, at: now).response(
            to: request, code: "MAILBOXES_FETCHED", message: "Mailboxes fetched"
        ) { $0.write(to: &$1, at: now) }
    }

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        let mailbox = try await store.find(try context.mailboxID(), of: context.tenantID)
        let now = now()
        return Envelope.response(code: "MAILBOX_FETCHED", message: "Mailbox fetched") {
            mailbox.write(to: &$0, at: now)
        }
    }

    /// Returns the account's worst badge and the number of mailboxes with each.
    func health(_ request: Request, context: TenantContext) async throws -> Response {
        let health = try await store.health(of: context.tenantID, at: now())
        return Envelope.response(code: "ACCOUNT_HEALTH_FETCHED", message: "Account health fetched") { json in
            json.object { json in
                json.member("status", health.worst.rawValue)
                json.object("mailboxes") { json in
                    for badge in MailboxHealth.allCases { json.member(badge.rawValue, health.counts[badge] ?? 0) }
                }
            }
        }
    }

    /// Checks the connection now and returns the resulting mailbox, even if it does not work.
    func recheck(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let mailbox = try await store.find(try context.mailboxID(), of: context.tenantID)
        return try await write.once { call in
            try await recheck.run(mailbox, of: context.tenantID)
            let now = now()
            return try await store.database.transaction { transaction in
                guard let row = try transaction.query(MailboxStore.one(mailbox.id, of: context.tenantID)).first else {
                    throw APIError.mailboxNotFound
                }
                let mailbox = try Mailbox(row: row)
                let answer = Envelope.prepared(code: "MAILBOX_RECHECKED", message: "Mailbox rechecked") {
                    mailbox.write(to: &$0, at: now)
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }
}

extension TenantContext {
    /// The id in the path.
    ///
    /// - Throws: 404 `MAILBOX_NOT_FOUND` if it is not a valid id.
    package func mailboxID() throws(APIError) -> Int64 {
        guard let id = parameters.get("id").flatMap({ Int64($0) }), id > 0 else { throw .mailboxNotFound }
        return id
    }
}
