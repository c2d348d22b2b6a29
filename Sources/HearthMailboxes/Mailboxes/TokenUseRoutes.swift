import Foundation
import HearthCore
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

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
