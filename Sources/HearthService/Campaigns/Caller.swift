/// Who commands a campaign, for its history.
struct Caller: Sendable {
    let tenantID: Int64
    /// `api_key:<id>`, `member:<id>`, `owner`, or `operator`.
    let actor: String
    let requestID: String?

    init(tenantID: Int64, actor: String, requestID: String?) {
        self.tenantID = tenantID
        self.actor = actor
        self.requestID = requestID
    }

    init(_ context: TenantContext) {
        self.init(tenantID: context.tenantID, actor: context.identity.actor, requestID: context.requestID)
    }
}
