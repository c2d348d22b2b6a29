import Hummingbird
import Outbound

/// The context of routes behind `Authenticate`: the identity is not optional.
struct TenantContext: IdentifiedRequestContext, ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    let identity: Identity
    let requestID: String
    /// Where the request comes from, as far as it can be believed.
    let clientAddress: IPAddress?

    init(context: AppContext) throws {
        guard let identity = context.identity else { throw APIError.unauthenticated }
        self.coreContext = context.coreContext
        self.identity = identity
        self.requestID = context.requestID
        self.clientAddress = context.clientAddress
    }

    var tenantID: Int64 { identity.tenantID }
    var maxUploadSize: Int { AppContext.bodyLimit }
}
