import Foundation
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// `GET /audit`, newest first.
struct AuditRoutes {
    let database: Database

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        var fields = try Fields(query: request.uri.query)
        let page =
            PageRequest(of: .audit, order: .newestFirst, &fields) ?? PageRequest(firstOf: .audit, order: .newestFirst)
        let filter = AuditSearch.Filter(
            subject: fields.string("subject", length: 1...255), actor: fields.string("actor", length: 1...255),
            action: fields.string("action", length: 1...255), since: fields.timestamp("since"),
            until: fields.timestamp("until"))
        try fields.validated()
        return try await AuditSearch(database: database).entries(filter, page: page, of: context.tenantID).response(
            to: request, code: "AUDIT_FETCHED", message: "Audit fetched"
        ) { $0.write(to: &$1) }
    }
}

extension AuditEntry {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("position", position)
            json.member("occurred_at", RFC3339.format(occurredAt))
            json.member("actor", content.actor)
            json.member("action", content.action)
            json.member("subject", content.subject)
            json.member("source", content.source)
            json.member("request_id", content.requestID)
            json.member("outcome", content.outcome)
            json.member("erased_at", erasedAt.map(RFC3339.format))
        }
    }
}
