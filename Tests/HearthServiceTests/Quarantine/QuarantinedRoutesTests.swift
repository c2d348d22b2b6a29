import Foundation
import HTTPTypes
import HearthTesting
import Hummingbird
import HummingbirdTesting
import Postgres
import Testing

@testable import HearthCore

/// Checks for every route of the service whether it is refused in quarantine.
@Suite("Routes in quarantine", .timeLimit(.minutes(1)))
struct QuarantinedRoutesTests {
    /// Routes that read, although they are PATCH in the contract.
    private static let readsByPatch: Set = [
        "get-metrics", "get-activity-log", "get-health-score", "get-health-score-points", "fetch-rampup-status",
    ]
    /// Signing in and out is allowed, so that a restored copy can be inspected.
    private static let sessions: Set = [
        "/console/sign-in", "/console/sign-out", "/console/sign-out-everywhere", "/console/operator/sign-in",
        "/console/operator/sign-out", "/console/operator/sign-out-everywhere",
    ]
    /// Routes that start work or open a form, although they are GET.
    private static let writesByGet: Set = [
        "/api/v1/campaigns/connections/recheck", "/api/v1/embed/form/secure", "/oauth/microsoft/callback",
        "/oauth/microsoft/admin-callback", "/embed/form/{tenant}",
    ]

    private static func isRefused(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        switch method {
        case .get, .head: writesByGet.contains(path)
        case .patch where readsByPatch.contains(String(path.split(separator: "/").last ?? "")): false
        default: !sessions.contains(path)
        }
    }

    @Test("every write is refused and every read is answered")
    func everyRoute() async throws {
        try await TestService.with { service in
            try await service.insertTenant(1)
            let key = APIKey(tenantID: 1, keyID: 7, randomBytes: SecureRandom.bytes)
            _ = try await service.database.write(
                """
                UPDATE tenants SET requests_per_minute = 60000, requests_per_second = 1000 WHERE tenant_id = 1
                """)
            _ = try await service.database.write(
                """
                INSERT INTO api_keys (tenant_id, key_id, name, digest, scopes, created_at) VALUES (1, 7, 'k', \(key.digest),
                    '{campaigns:read,campaigns:write,messages:read,messages:write,webhooks,keys}', \(TestService.start))
                """)
            _ = try await service.database.write("DELETE FROM installation")
            _ = try await service.dependencies.quarantine.look(service.database)
            #expect(service.routes.count > 100)
            for (method, pattern) in service.routes {
                let segments = pattern.split(separator: "/").map(String.init)
                let named =
                    "/" + segments.map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : $0 }.joined(separator: "/")
                let path = "/" + segments.map { $0.hasPrefix(":") ? "1" : $0 }.joined(separator: "/")
                let answer = try await service.client.execute(
                    uri: path, method: method, headers: [.authorization: "Bearer \(key.text)"])
                let isRefused = answer.status == .serviceUnavailable
                #expect(
                    isRefused == Self.isRefused(method, named), "\(method) \(named) answers \(answer.status.code)")
            }
        }
    }
}
