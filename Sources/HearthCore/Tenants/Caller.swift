package import Foundation
package import HearthWeb
import Outbound
package import Postgres

/// Who causes a change, for history and audit.
package struct Caller: Sendable {
    package let tenantID: Int64
    /// `api_key:<id>`, `member:<id>`, `owner`, `administrator`, `operator`, `microsoft`, or `hearth`.
    package let actor: String
    package let requestID: String?
    /// The network address of the request, if known.
    package private(set) var source: String?
    /// Whether this is an API call, which writes its own audit entry.
    private(set) var isCall = false

    package init(tenantID: Int64, actor: String, requestID: String?, source: String? = nil) {
        self.source = source
        self.tenantID = tenantID
        self.actor = actor
        self.requestID = requestID
    }

    package init(_ context: TenantContext) {
        self.init(
            tenantID: context.tenantID, actor: context.identity.actor, requestID: context.requestID,
            source: context.clientAddress.map(\.description))
        isCall = true
    }

    /// Creates a caller without an account, such as an owner, whose browser sends this request.
    package init(_ actor: String, of tenant: Int64, in context: AppContext) {
        self.init(
            tenantID: tenant, actor: actor, requestID: context.requestID,
            source: context.clientAddress.map(\.description))
    }

    /// The caller of changes that the service makes by itself when they are due.
    package static func hearth(of tenant: Int64) -> Caller { Caller(tenantID: tenant, actor: "hearth", requestID: nil) }

    /// Writes the audit entry of a change, unless the API call writes its own.
    package func note(
        _ action: String, _ subject: String, outcome: String?, _ recorder: AuditRecorder, at now: Date,
        in transaction: inout Transaction
    ) throws {
        guard !isCall else { return }
        transaction.audit(try entry(action, subject, outcome: outcome, recorder, at: now))
    }

    /// Returns the audit entry of a change, to be committed with it.
    package func entry(
        _ action: String, _ subject: String, outcome: String?, _ recorder: AuditRecorder, at now: Date
    ) throws -> AuditInsertion {
        let content = AuditContent(
            actor: actor, action: action, subject: subject, source: source, requestID: requestID, outcome: outcome)
        return try recorder.insertion(of: content, tenant: tenantID, at: now)
    }
}
