import Foundation
import HTTPTypes
import HearthTesting
import Hummingbird
import HummingbirdTesting
import Postgres
import Synchronization
import Testing

@testable import HearthCore
@testable import HearthWeb

@Suite("Clean-up in a task that was cancelled", .timeLimit(.minutes(1)))
struct UncancelledTests {
    private struct Fault: Error, Equatable {}

    private static let identity = Identity(
        tenantID: 1, tenantName: "T", isSuspended: false, keyID: 7, keyExpiresAt: nil, scopes: [], limits: .standard,
        features: [], returnURLs: [], application: nil)

    @Test("what asks the database in a cancelled task is cancelled; shielded, it is done")
    func shielded() async throws {
        try await TestService.with { service in
            try await Task {
                withUnsafeCurrentTask { $0?.cancel() }
                await #expect(throws: CancellationError.self) { _ = try await service.database.read("SELECT 1 AS one") }
                let one: Int? = try await uncancelled {
                    try await service.database.read("SELECT 1 AS one").scalar("one")
                }
                #expect(one == 1)
            }.value
        }
    }

    /// Runs an idempotent call whose effect is cancelled and fails, and returns the errors that it throws.
    private func failingCall(_ service: TestService, after act: @escaping @Sendable () async throws -> Void = {})
        async throws
        -> [any Error]
    {
        let errors = Collected()
        let idempotency = Idempotency(service.dependencies)
        let router = TestApplication().router { router in
            router.post("call") { request, context in
                var context = context
                context.identity = Self.identity
                let tenant = try TenantContext(context: context)
                await Task {
                    do {
                        let write = PartnerWrite(
                            request: request, context: tenant, repetition: .asksOutside, idempotency: idempotency)
                        _ = try await write.once { _ in
                            try await act()
                            withUnsafeCurrentTask { $0?.cancel() }
                            throw Fault()
                        }
                    } catch {
                        errors.add(error)
                    }
                }.value
                return "done"
            }
        }
        _ = try await Application(router: router).test(.router) { client in
            let name = try #require(HTTPField.Name("Idempotency-Key"))
            try await client.execute(uri: "/call", method: .post, headers: [name: "k"])
        }
        return errors.all
    }

    @Test("a call that was cancelled gives its idempotency key back")
    func idempotencyKey() async throws {
        try await TestService.with { service in
            try await service.insertTenant(1)
            #expect(try await failingCall(service).map { $0 is Fault } == [true])
            let left: Int? = try await service.database.read("SELECT count(*) AS n FROM idempotency_keys").scalar("n")
            #expect(left == 0)
        }
    }

    @Test("a release that fails does not hide why the call failed")
    func firstError() async throws {
        try await TestService.with { service in
            try await service.insertTenant(1)
            let errors = try await failingCall(service) {
                // Makes the release fail.
                _ = try await service.database.write("ALTER TABLE idempotency_keys RENAME TO gone")
            }
            #expect(errors.map { $0 is Fault } == [true])
        }
    }
}

/// Collects the errors of a task.
private final class Collected: Sendable {
    private let errors = Mutex<[any Error]>([])
    var all: [any Error] { errors.withLock { $0 } }
    func add(_ error: any Error) { errors.withLock { $0.append(error) } }
}
