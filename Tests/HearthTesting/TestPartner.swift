import Foundation
package import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
package import HummingbirdTesting
import NIOCore
import Postgres
package import StrictJSON

/// A tenant, and calls of the API with one of its keys.
package struct TestPartner: Sendable {
    package let service: TestService
    package let tenant: Int64
    /// The id of the key.
    package let keyID: Int64
    private let key: String

    fileprivate init(_ service: TestService, _ key: APIKey) {
        self.service = service
        tenant = key.tenantID
        keyID = key.keyID
        self.key = key.text
    }

    /// A call of the API.
    ///
    /// - Parameters:
    ///   - path: without `/api/v1`.
    ///   - body: JSON text.
    package func call(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        headers[.authorization] = "Bearer \(key)"
        if body != nil { headers[.contentType] = "application/json" }
        return try await service.client.execute(
            uri: PartnerRoutes.base + path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
    }

    /// The same tenant with a new key.
    package func anotherKey() async throws -> TestPartner {
        try await service.partner(of: tenant, scopes: Set(Scope.allCases))
    }
}

extension TestService {
    /// Makes a tenant that may use ms-graph, with a key that may do everything.
    package func partner() async throws -> TestPartner {
        let now = clock.now
        let tenant = try await TenantStore(database: database, ids: dependencies.ids).create(
            name: "Acme", features: [.msGraph], emailPerDay: 1_000, returnURLs: [], at: now,
            recorder: dependencies.recorder
        ) {
            try Caller.hearth(of: $0).entry(
                "tenant.create", "tenant:\($0)", outcome: nil, dependencies.recorder, at: now)
        }
        _ = try await database.write(
            "UPDATE tenants SET requests_per_minute = 60000, requests_per_second = 1000 WHERE tenant_id = \(tenant.id)")
        return try await partner(of: tenant.id, scopes: Set(Scope.allCases))
    }

    fileprivate func partner(of tenant: Int64, scopes: Set<Scope>) async throws -> TestPartner {
        let key = APIKey(
            tenantID: tenant, keyID: try await dependencies.ids.next(), randomBytes: dependencies.randomBytes)
        _ = try await database.write(
            KeyStore(database: database).insertion(
                of: key, name: "test", scopes: scopes, expiresAt: nil, at: clock.now))
        return TestPartner(self, key)
    }

    /// A request without a key, as a browser makes it.
    ///
    /// - Parameter uri: a path, or a whole URL of the service's.
    package func get(_ uri: String) async throws -> TestResponse {
        try await client.execute(uri: Self.path(of: uri), method: .get)
    }

    package func post(_ uri: String) async throws -> TestResponse {
        try await client.execute(uri: Self.path(of: uri), method: .post)
    }

    private static func path(of uri: String) -> String {
        uri.hasPrefix(publicURL) ? String(uri.dropFirst(publicURL.count)) : uri
    }

    /// A tenant with all its rows and without a key, for tests that write everything else by hand.
    package func insertTenant(_ id: Int64) async throws {
        let chain = try AuditHead.insertion(tenant: id, dependencies.recorder)
        try await database.transaction { transaction in
            transaction.write(
                "INSERT INTO tenants (tenant_id, name, created_at) VALUES (\(id), 'T', \(Self.start))")
            transaction.write("INSERT INTO tenant_feeds (tenant_id) VALUES (\(id))")
            transaction.write("INSERT INTO tenant_pools (tenant_id, email_per_day) VALUES (\(id), 1000)")
            transaction.write(chain)
        }
    }
}

extension TestResponse {
    /// The body as JSON.
    package var json: JSONObject? { try? JSONParser().parse(Array(buffer: body)).value.asObject }
    package var text: String { String(buffer: body) }

    /// The member `code` of an answer of the API.
    package var code: String? { json?["code"]?.asString }
    /// The member `data`, if it is an object.
    package var data: JSONObject? { json?["data"]?.asObject }
}
