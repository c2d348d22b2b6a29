package import HearthWeb
package import Hummingbird

/// A part of the API that adds its own routes.
package protocol PartnerFeature {
    func addRoutes(to partners: PartnerRoutes)
}

/// Where routes of the API are added: each is a read or a write, whatever its method. The contract has some reads as PATCH, and
/// calls as GET that begin work. Only writes are refused while the database is in quarantine.
package struct PartnerRoutes {
    /// Before every path that partners call.
    package static let base = "/api/v1"

    private let reads: RouterGroup<TenantContext>
    private let writes: RouterGroup<TenantContext>

    package init(_ router: Router<AppContext>, _ dependencies: Dependencies, keys: KeyDirectory) {
        let group = router.group(RouterPath(Self.base))
            .add(middleware: Authenticate(directory: keys, failures: FailedAttempts()))
            .add(middleware: LimitRate(limiter: RateLimiter(replicas: dependencies.settings.replicas)))
        reads = group.group(context: TenantContext.self)
        writes = group.group().add(middleware: RefuseWhileQuarantined(dependencies)).group(context: TenantContext.self)
    }

    /// - Parameter scope: what a key needs; nil for routes that ask for it themselves.
    package func reading(_ scope: Scope?) -> RouterGroup<TenantContext> { Self.group(reads, scope) }

    /// - Parameter scope: what a key needs; nil for routes that ask for it themselves.
    package func writing(_ scope: Scope?) -> RouterGroup<TenantContext> { Self.group(writes, scope) }

    private static func group(
        _ group: RouterGroup<TenantContext>, _ scope: Scope?
    ) -> RouterGroup<TenantContext> {
        guard let scope else { return group }
        return group.group().add(middleware: RequireScope(scope: scope))
    }
}
