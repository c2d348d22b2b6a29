import HTTPTypes
package import HearthWeb
package import Hummingbird

/// A part of the API that adds its own routes.
package protocol PartnerFeature {
    func addRoutes(to partners: PartnerRoutes)
}

/// Where routes of the API are added. Each declares whether it reads or writes, whatever its method: the contract has some
/// reads as PATCH, and calls as GET that begin work. Only writes are refused while the database is in quarantine.
package struct PartnerRoutes {
    /// Before every path that partners call.
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

    /// - Parameter scope: what a key needs; nil for routes that ask for it themselves.
    package func reading(_ scope: Scope?) -> RouterGroup<TenantContext> { Self.group(reads, scope) }

    /// - Parameter scope: what a key needs; nil for routes that ask for it themselves.
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

/// Where writing routes of one scope are added. Each declares how a repetition is made harmless. Its handler has to return a
/// ``RecordedResponse``, which only a call that has written its audit entry can make.
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

    /// A GET that begins work: it has no Idempotency-Key.
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
