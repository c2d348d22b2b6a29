import Foundation
import HTTPTypes
import HearthRules
import Hummingbird
import Postgres
import StrictJSON

/// `POST /mailboxes/{id}/reconnect`: a link by which the owner of a mailbox consents again.
struct ReconnectRoutes {
    let dependencies: Dependencies
    let idempotency: Idempotency

    init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
        idempotency = Idempotency(dependencies)
    }

    func create(_ request: Request, context: TenantContext) async throws -> Response {
        try context.identity.require(.msGraph)
        let campaign = try await campaign(of: try context.mailboxID(), tenant: context.tenantID)
        let body = try await RequestBody.read(request, context: context)
        var fields = Fields(body)
        let level: PermissionLevel? = fields.choice("permission_level", or: "permissionLevel")
        let withShared = fields.boolean("shared_mailboxes", or: "sharedMailboxes")
        let lifetime = fields.integer("expires_in", or: "expiresIn", in: ConsentRequest.lifetimeBounds)
        let returnURL = ConsentRequest.returnURL(in: &fields, allowed: context.identity.returnURLs)
        try fields.validated()
        return try await idempotency.run(request, context, body: body) { call in
            let consent = try await Reconnect(dependencies).consent(
                for: campaign, level: level, withShared: withShared, lifetime: lifetime.map(TimeInterval.init),
                returnURL: returnURL,
                identity: context.identity)
            return try await dependencies.database.transaction { transaction in
                guard let stored = try transaction.query(consent.insertion).first else {
                    throw APIError.mailboxNotInUse
                }
                let hasEndpoint: Bool = try stored["has_endpoint"]
                let answer = Envelope.prepared(
                    code: "CONSENT_URL_CREATED",
                    message: "Send the mailbox's owner to data.url. Until it is completed nothing changes.",
                    warnings: hasEndpoint ? [] : ["NO_WEBHOOK_ENDPOINT"]
                ) { consent.write(to: &$0) }
                try call.record(answer, in: &transaction)
                return answer
            }
        }
    }

    private func campaign(of mailbox: Int64, tenant: Int64) async throws -> Campaign {
        let found = try await MailboxStore(database: dependencies.database).find(mailbox, of: tenant)
        guard let use = found.uses.first else { throw APIError.mailboxNotInUse }
        let row = try await dependencies.database.read(
            """
            SELECT \(unescaped: Campaign.columns) FROM campaigns c
            WHERE c.tenant_id = \(tenant) AND c.campaign_id = \(use.campaignID) AND c.status <> 'deleted'
            """
        ).first
        guard let row else { throw APIError.mailboxNotInUse }
        return try Campaign(row: row)
    }
}

extension APIError {
    static let mailboxNotInUse = APIError(
        .conflict, code: "MAILBOX_NOT_IN_USE",
        message:
            "No campaign uses this mailbox. Connect its address with POST /api/v1/campaigns/ms-graph; it keeps its id.")
}
