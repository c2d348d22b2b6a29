package import Foundation
package import Hummingbird
import Outbound
import Postgres

/// The audit entry of one call of the API, made before the call and written with its effect.
package struct AuditNote: Sendable {
    private let pen: AuditPen
    private let tenant: Int64
    private let now: Date
    private var content: AuditContent

    package init(_ request: Request, _ context: TenantContext, _ pen: AuditPen, at now: Date) {
        self.pen = pen
        self.now = now
        tenant = context.tenantID
        content = AuditContent(
            actor: context.identity.actor,
            action: "\(request.method.rawValue) \(Self.operation(of: context))",
            subject: Self.subject(of: context) ?? "tenant:\(context.tenantID)",
            source: context.clientAddress.map(\.description),
            requestID: context.requestID)
    }

    /// - Parameter subject: what the call has made, where its path does not name it; the tenant where that is nothing.
    package func insertion(outcome: String, subject: String? = nil) throws -> AuditInsertion {
        var content = content
        content.subject = subject ?? content.subject
        content.outcome = outcome
        return try pen.insertion(of: content, tenant: tenant, at: now)
    }

    /// The path as the contract names it, without the base: `/mailboxes/{id}/disconnect`.
    private static func operation(of context: TenantContext) -> Substring {
        (context.endpointPath ?? "").dropFirst(PartnerRoutes.base.count)
    }

    /// `mailbox:1` of `/mailboxes/{id}/...`.
    private static func subject(of context: TenantContext) -> String? {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }),
            let name = subjectName(in: operation(of: context))
        else { return nil }
        return "\(name):\(id)"
    }

    /// What the id in a path is of; nil where it has none.
    static func subjectName(in path: some StringProtocol) -> String? {
        path.split(separator: "/").prefix { !$0.hasPrefix("{") && !$0.hasPrefix(":") }.last.flatMap {
            names[String($0)]
        }
    }

    /// What one of a collection is called.
    private static let names = [
        "admin-consents": "admin-consent", "campaigns": "campaign", "consents": "consent", "endpoints": "endpoint",
        "invitations": "invitation", "jobs": "job", "keys": "key", "mailboxes": "mailbox",
        "shared-mailboxes": "shared-mailbox",
    ]
}
