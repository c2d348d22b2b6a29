package import Foundation
package import Hummingbird
import Outbound
import Postgres

/// The audit entry of one API call, created before the call and written with its effect.
package struct CallAudit: Sendable {
    private let recorder: AuditRecorder
    private let tenant: Int64
    private let now: Date
    private var content: AuditContent

    package init(_ request: Request, _ context: TenantContext, _ recorder: AuditRecorder, at now: Date) {
        self.recorder = recorder
        self.now = now
        tenant = context.tenantID
        content = AuditContent(
            actor: context.identity.actor,
            action: "\(request.method.rawValue) \(Self.operation(of: context))",
            subject: Self.subject(of: context) ?? "tenant:\(context.tenantID)",
            source: context.clientAddress.map(\.description),
            requestID: context.requestID)
    }

    /// - Parameter subject: the created object, if the path does not name the subject. Defaults to the object in the path, or
    ///   else to the tenant.
    package func insertion(outcome: String, subject: String? = nil) throws -> AuditInsertion {
        var content = content
        content.subject = subject ?? content.subject
        content.outcome = outcome
        return try recorder.insertion(of: content, tenant: tenant, at: now)
    }

    /// The path pattern of the contract without the base, such as `/mailboxes/{id}/disconnect`.
    private static func operation(of context: TenantContext) -> Substring {
        (context.endpointPath ?? "").dropFirst(PartnerRoutes.base.count)
    }

    /// The object in the path, such as `mailbox:1` for `/mailboxes/{id}/...`.
    private static func subject(of context: TenantContext) -> String? {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }),
            let name = subjectName(in: operation(of: context))
        else { return nil }
        return "\(name):\(id)"
    }

    /// Returns the kind of object that the id in a path identifies; nil if the path has no known collection.
    static func subjectName(in path: some StringProtocol) -> String? {
        path.split(separator: "/").prefix { !$0.hasPrefix("{") && !$0.hasPrefix(":") }.last.flatMap {
            names[String($0)]
        }
    }

    /// The singular names of the collections.
    private static let names = [
        "admin-consents": "admin-consent", "campaigns": "campaign", "consents": "consent", "endpoints": "endpoint",
        "invitations": "invitation", "jobs": "job", "keys": "key", "mailboxes": "mailbox",
        "messages": "message", "shared-mailboxes": "shared-mailbox",
    ]
}
