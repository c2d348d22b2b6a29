import HTTPTypes
package import HearthWeb
package import Hummingbird

/// A part of the API that adds its own routes.
package protocol PartnerFeature {
    func addRoutes(to partners: PartnerRoutes)
}

/// Registers the routes of the API. Each route declares whether it reads or writes, regardless of its method, because the
/// contract has reads as PATCH and calls that start work as GET. Only writes are refused while the database is in quarantine.
package struct PartnerRoutes {
    /// The prefix of all paths of the API.
    package static let base = "/api/v1"

    private let reads: RouterGroup<TenantContext>
    private let writes: RouterGroup<TenantContext>
    private let idempotency: Idempotency

    package init(_ router: Router<AppContext>, _ dependencies: Dependencies, keys: KeyDirectory) {
        let group = router.group(RouterPath(Self.base))
            .add(middleware: Authenticate(directory: keys, failures: FailedAttempts()))
            .add(middleware: LimitRate(limiter: RateLimiter(replicas: dependencies.settings.replicas)))
        reads = group.group(context: TenantContext.self)
        writes = group.group().add(middleware: RefuseWhileQuarantined(dependencies)).group(context: TenantContext.self)
        idempotency = Idempotency(dependencies)
    }

    /// - Parameter scope: the required scope; nil for routes that check it themselves.
    package func reading(_ scope: Scope?) -> RouterGroup<TenantContext> { Self.group(reads, scope) }

    /// - Parameter scope: the required scope; nil for routes that check it themselves.
    package func writing(_ scope: Scope?) -> PartnerWrites {
        PartnerWrites(group: Self.group(writes, scope), idempotency: idempotency)
    }

    private static func group(
        _ group: RouterGroup<TenantContext>, _ scope: Scope?
    ) -> RouterGroup<TenantContext> {
        guard let scope else { return group }
        return group.group().add(middleware: RequireScope(scope: scope))
    }
}

/// Registers the writing routes of one scope. Each route declares how a repetition is made harmless. Its handler must return a
/// ``RecordedResponse``, which can only be created by a call that has written its audit entry.
package struct PartnerWrites {
    package typealias Handler = @Sendable (Request, TenantContext, PartnerWrite) async throws -> RecordedResponse

    fileprivate let group: RouterGroup<TenantContext>
    fileprivate let idempotency: Idempotency

    package func post(_ path: RouterPath, _ repetition: Repetition = .commit, use handler: @escaping Handler) {
        on(path, .post, repetition, use: handler)
    }

    package func patch(_ path: RouterPath, _ repetition: Repetition = .commit, use handler: @escaping Handler) {
        on(path, .patch, repetition, use: handler)
    }

    package func delete(_ path: RouterPath, _ repetition: Repetition = .commit, use handler: @escaping Handler) {
        on(path, .delete, repetition, use: handler)
    }

    /// Adds a GET that starts work; it does not support Idempotency-Key.
    package func get(_ path: RouterPath, use handler: @escaping Handler) { on(path, .get, .unkeyed, use: handler) }

    private func on(
        _ path: RouterPath, _ method: HTTPRequest.Method, _ repetition: Repetition, use handler: @escaping Handler
    ) {
        group.on(path, method: method) { [idempotency] request, context in
            let write = PartnerWrite(
                request: request, context: context, repetition: repetition, idempotency: idempotency)
            return try await handler(request, context, write).response
        }
    }
}
