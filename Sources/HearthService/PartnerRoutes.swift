import Hummingbird

/// Where routes of the API are added: each is a read or a write, whatever its method. The contract has some reads as PATCH, and
/// calls as GET that begin work. Only writes are refused while the database is in quarantine.
struct PartnerRoutes {
    private let reads: RouterGroup<TenantContext>
    private let writes: RouterGroup<TenantContext>

    /// - Parameter group: behind authentication and limits.
    init(_ group: RouterGroup<AppContext>, _ dependencies: Dependencies) {
        reads = group.group(context: TenantContext.self)
        writes = group.group().add(middleware: RefuseWhileQuarantined(dependencies)).group(context: TenantContext.self)
    }

    /// - Parameter scope: what a key needs; nil for routes that ask for it themselves.
    func reading(_ scope: Scope?) -> RouterGroup<TenantContext> { Self.group(reads, scope) }

    /// - Parameter scope: what a key needs; nil for routes that ask for it themselves.
    func writing(_ scope: Scope?) -> RouterGroup<TenantContext> { Self.group(writes, scope) }

    private static func group(
        _ group: RouterGroup<TenantContext>, _ scope: Scope?
    ) -> RouterGroup<TenantContext> {
        guard let scope else { return group }
        return group.group().add(middleware: RequireScope(scope: scope))
    }
}
