import Foundation
import Hummingbird
import Outbound
import Postgres

/// The audit entry of one call of the API, made before the call and written with its effect.
struct AuditNote: Sendable {
    private let pen: AuditPen
    private let tenant: Int64
    private let now: Date
    private var content: AuditContent

    init(_ request: Request, _ context: TenantContext, _ pen: AuditPen, at now: Date) {
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
    func insertion(outcome: String, subject: String? = nil) throws -> SQL {
        var content = content
        content.subject = subject ?? content.subject
        content.outcome = outcome
        return try pen.insertion(of: content, tenant: tenant, at: now)
    }

    /// The path as the contract names it, without the base: `/mailboxes/{id}/disconnect`.
    private static func operation(of context: TenantContext) -> Substring {
        (context.endpointPath ?? "").dropFirst(Routes.base.count)
    }

    /// `mailbox:1` of `/mailboxes/{id}/...`.
    private static func subject(of context: TenantContext) -> String? {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }),
            let collection = operation(of: context).split(separator: "/").prefix(while: { !$0.hasPrefix("{") }).last
        else { return nil }
        let name = collection.hasSuffix("xes") ? collection.dropLast(2) : collection.dropLast()
        return "\(name):\(id)"
    }
}
