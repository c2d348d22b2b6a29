import Foundation
import HearthCore
import HearthWeb
import Hummingbird
import Postgres

/// `POST /webhooks/endpoints/{id}/rotate-secret`.
extension EndpointRoutes {
    /// How long both secrets sign if the request does not specify it, in seconds.
    package static let standardOverlap = 86_400
    /// A week, in seconds: long enough to roll out a new secret, short enough for one that leaked.
    package static let longestOverlap = 604_800

    /// Only this response contains the new secret.
    func rotateSecret(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse
    {
        let id = try await store.find(context).id
        let body = try await ParsedBody.read(request, context: context)
        var fields = Fields(body)
        let overlap = fields.integer("overlap", in: 0...Self.longestOverlap) ?? Self.standardOverlap
        try fields.validated()
        return try await write.once(body) { call in
            let now = dependencies.now()
            let secret = WebhookSecret(randomBytes: dependencies.randomBytes)
            let formerUntil = overlap > 0 ? now.addingTimeInterval(TimeInterval(overlap)) : nil
            return try await dependencies.database.transaction { [store] transaction in
                guard
                    let endpoint = try store.rotate(
                        id, of: context.tenantID, to: secret, formerUntil: formerUntil, at: now, in: &transaction)
                else { throw APIError.webhookEndpointNotFound }
                let answer = Envelope.prepared(
                    code: "WEBHOOK_SECRET_ROTATED",
                    message: "The secret was replaced. Keep data.secret; it is not shown again."
                ) { endpoint.write(to: &$0, secret: secret, at: now) }
                return try call.record(answer, in: &transaction)
            }
        }
    }
}
