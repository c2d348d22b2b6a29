import Hummingbird

/// The context of routes behind `Authenticate`: the identity is not optional.
struct TenantContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    let identity: Identity
    let requestID: String

    init(context: AppContext) throws {
        guard let identity = context.identity else { throw APIError.unauthenticated }
        self.coreContext = context.coreContext
        self.identity = identity
        self.requestID = context.requestID
    }

    var tenantID: Int64 { identity.tenantID }
    var maxUploadSize: Int { AppContext.bodyLimit }
}
