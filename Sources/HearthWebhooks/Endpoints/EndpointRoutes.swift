import Foundation
package import HearthCore
package import HearthWeb
package import Hummingbird
import Postgres
import StrictJSON

/// Routes for a tenant's webhook endpoints: create, list, change, delete.
package struct EndpointRoutes {
    let dependencies: Dependencies
    let store: EndpointStore
    package let tests: EndpointTester

    init(_ dependencies: Dependencies, tests: EndpointTester) {
        self.tests = tests
        self.dependencies = dependencies
        store = EndpointStore(database: dependencies.database, keyRing: dependencies.keyRing)
    }

    package func list(_ request: Request, context: TenantContext) async throws -> Response {
        let endpoints = try await store.list(of: context.tenantID)
        let now = dependencies.now()
        return Envelope.response(code: "WEBHOOK_ENDPOINTS_FETCHED", message: "Webhook endpoints fetched") { json in
            json.array { json in
                for endpoint in endpoints { endpoint.write(to: &json, at: now) }
            }
        }
    }

    package func get(_ request: Request, context: TenantContext) async throws -> Response {
        let endpoint = try await store.find(context)
        let now = dependencies.now()
        return Envelope.response(code: "WEBHOOK_ENDPOINT_FETCHED", message: "Webhook endpoint fetched") {
            endpoint.write(to: &$0, at: now)
        }
    }

    /// Only this response contains the secret.
    package func create(_ request: Request, context: TenantContext, write: PartnerWrite) async throws
        -> RecordedResponse
    {
        let body = try await ParsedBody.read(request, context: context)
        let wanted = try EndpointRequest(body, settings: dependencies.settings)
        return try await write.once(body) { call in
            let now = dependencies.now()
            let endpoint = WebhookEndpoint(wanted, id: try await dependencies.ids.next(), at: now)
            let secret = WebhookSecret(randomBytes: dependencies.randomBytes)
            let answer = Envelope.prepared(
                code: "WEBHOOK_ENDPOINT_CREATED",
                message: "Webhook endpoint created. Keep data.secret; it is not shown again.", status: .created
            ) { endpoint.write(to: &$0, secret: secret, at: now) }
            return try await dependencies.database.transaction { [store] transaction in
                try store.insert(endpoint, secret: secret, of: context.tenantID, in: &transaction)
                return try call.record(answer, subject: "endpoint:\(endpoint.id)", in: &transaction)
            }
        }
    }

    package func update(_ request: Request, context: TenantContext, write: PartnerWrite) async throws
        -> RecordedResponse
    {
        let id = try await store.find(context).id
        let body = try await ParsedBody.read(request, context: context)
        let change = try EndpointChange(body, settings: dependencies.settings)
        let response = try await write.once(body) { call in
            let now = dependencies.now()
            return try await dependencies.database.transaction { transaction in
                guard
                    let endpoint = try EndpointStore.change(
                        id, of: context.tenantID, to: change, at: now, in: &transaction)
                else { throw APIError.webhookEndpointNotFound }
                let answer = Envelope.prepared(
                    code: "WEBHOOK_ENDPOINT_UPDATED", message: "Webhook endpoint updated"
                ) { endpoint.write(to: &$0, at: now) }
                return try call.record(answer, in: &transaction)
            }
        }
        dependencies.work.eventCommitted()
        return response
    }

    package func delete(_ request: Request, context: TenantContext, write: PartnerWrite) async throws
        -> RecordedResponse
    {
        let id = try context.endpointID()
        return try await write.once { call in
            let now = dependencies.now()
            return try await dependencies.database.transaction { transaction in
                guard try EndpointStore.delete(id, of: context.tenantID, at: now, in: &transaction) else {
                    throw APIError.webhookEndpointNotFound
                }
                let answer = Envelope.prepared(
                    code: "WEBHOOK_ENDPOINT_DELETED", message: "Webhook endpoint deleted"
                ) { json in
                    json.object { json in json.member("id", id) }
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }
}

extension TenantContext {
    /// - Throws: 404 `WEBHOOK_ENDPOINT_NOT_FOUND` if the path has no valid id.
    func endpointID() throws(APIError) -> Int64 {
        guard let id = parameters.get("id").flatMap({ Int64($0) }), id > 0 else { throw .webhookEndpointNotFound }
        return id
    }
}

extension EndpointStore {
    /// Finds the endpoint whose id is in the path.
    package func find(_ context: TenantContext) async throws -> WebhookEndpoint {
        guard let endpoint = try await find(context.endpointID(), of: context.tenantID) else {
            throw APIError.webhookEndpointNotFound
        }
        return endpoint
    }
}

extension APIError {
    package static let webhookEndpointNotFound = APIError(
        .notFound, code: "WEBHOOK_ENDPOINT_NOT_FOUND",
        message: "There is no such webhook endpoint in this account. See GET /api/v1/webhooks/endpoints.")

    static let webhookEndpointLimitReached = APIError(
        .conflict, code: "WEBHOOK_ENDPOINT_LIMIT_REACHED",
        message: "An account has at most \(EndpointStore.limit) webhook endpoints. Delete one that is not needed.",
        details: [("limit", .integer(Int64(EndpointStore.limit)))])
}
