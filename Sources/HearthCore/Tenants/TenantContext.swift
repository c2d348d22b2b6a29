import HearthWeb
import Hummingbird
package import Outbound

/// The context of routes that run after `Authenticate`, with a non-optional identity.
package struct TenantContext: IdentifiedRequestContext, ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    package let identity: Identity
    package let requestID: String
    /// The client's address, as far as it can be trusted.
    package let clientAddress: IPAddress?

    init(context: AppContext) throws {
        guard let identity = context.identity else { throw APIError.unauthenticated }
        self.coreContext = context.coreContext
        self.identity = identity
        self.requestID = context.requestID
        self.clientAddress = context.clientAddress
    }

    package var tenantID: Int64 { identity.tenantID }
    var maxUploadSize: Int { AppContext.bodyLimit }
}
