import Foundation
import HearthCore
import HearthMicrosoft
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

/// Checks with Microsoft whether a mailbox works, and commits the result.
package struct RecheckMailbox: Sendable {
    let grants: GrantStore
    let connection: ConnectionCheck

    /// Time limit of the check, for which somebody is waiting.
    private static let limit = Duration.seconds(5)

    package init(_ connections: Connections) {
        let database = connections.dependencies.database
        grants = GrantStore(database: database, keyRing: connections.dependencies.keyRing)
        connection = ConnectionCheck(connections, database: database)
    }

    /// - Throws: 503 if it cannot be checked now. A permanent refusal is recorded, not thrown.
    package func run(_ mailbox: Mailbox, of tenant: Int64) async throws {
        guard let id = mailbox.access?.grantID, let grant = try await grants.find(id, of: tenant) else { return }
        do {
            try await connection.prove(grant, within: Self.limit)
        } catch let fault as MicrosoftFault where fault.kind.problem == nil {
            // Its partner may have disconnected it meanwhile; the mailbox shows that.
            guard try await grants.find(id, of: tenant)?.state == .live else { return }
            throw APIError(connection: fault)
        } catch is MicrosoftFault {
            return
        }
    }
}

/// `GET /mailboxes/{id}/token-uses`: how often a mailbox's tokens were used.
struct TokenUseRoutes {
    let database: Database

    /// Lists the uses per hour, newest first.
    func list(_ request: Request, context: TenantContext) async throws -> Response {
        let id = try context.mailboxID()
        var fields = try Fields(query: request.uri.query)
        let limit = fields.integer("limit", in: 1...1_000) ?? 168
        try fields.validated()
        _ = try await MailboxStore(database: database).find(id, of: context.tenantID)
        let rows = try await database.read(
            """
            SELECT hour, uses FROM token_uses WHERE tenant_id = \(context.tenantID) AND mailbox_id = \(id)
            ORDER BY hour DESC LIMIT \(limit)
            """
        ).map { (hour: try $0["hour"] as Date, uses: try $0["uses"] as Int) }
        return Envelope.response(code: "TOKEN_USES_FETCHED", message: "Token uses fetched") { json in
            json.array { json in
                for row in rows {
                    json.object { json in
                        json.member("hour", RFC3339.format(row.hour))
                        json.member("uses", row.uses)
                    }
                }
            }
        }
    }
}
