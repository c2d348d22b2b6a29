import Foundation
import HTTPTypes
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// `POST /mailboxes/{id}/reconnect`: creates a link with which the owner of a mailbox consents again.
struct ReconnectRoutes {
    let dependencies: Dependencies

    init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
    }

    func create(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try context.identity.require(.msGraph)
        let mailbox = try await MailboxStore(database: dependencies.database).find(
            try context.mailboxID(), of: context.tenantID)
        let body = try await ParsedBody.read(request, context: context)
        let wanted = try ReconnectRequest(body, tenant: context.identity)
        return try await write.once(body) { call in
            let consent = try await Reconnect(dependencies).consent(
                for: .init(mailbox), wanted, identity: context.identity)
            return try await dependencies.database.transaction { transaction in
                guard let stored = try transaction.query(consent.insertion).first else {
                    throw APIError.mailboxNotFound
                }
                let hasEndpoint: Bool = try stored["has_endpoint"]
                let answer = Envelope.prepared(
                    code: "CONSENT_URL_CREATED",
                    message: "Send the mailbox's owner to data.url. Nothing changes until the owner has consented.",
                    warnings: hasEndpoint ? [] : ["NO_WEBHOOK_ENDPOINT"]
                ) { consent.write(to: &$0) }
                return try call.record(answer, in: &transaction)
            }
        }
    }
}
