import Foundation
import HearthMailboxes
import HearthOperations
import HearthRules

extension Warning {
    /// An entry of the template `warnings`.
    var content: [String: Any] {
        [
            "subject": name, "text": text, "advice": code.advice, "badge": code.badge.content,
            "when": code.line(endsAt: endsAt, since: since),
        ]
    }

    private var name: String {
        switch subject {
        case .mailbox(_, let address): address
        case .application(_, let clientID): "Application \(clientID)"
        case .service: code.title
        }
    }
}

extension TenantWarnings.Overview {
    /// The content of the template `warnings`.
    var content: [String: Any] {
        [
            "hasWarnings": !warnings.isEmpty, "warnings": warnings.map(\.content),
            "hasMore": total > warnings.count, "more": total - warnings.count,
        ]
    }
}

extension TenantWarnings.Group {
    /// An entry of the template `warnings`, for the operator.
    func content(of tenant: String) -> [String: Any] {
        [
            "subject": tenant, "link": "/console/operator/tenants/\(tenantID)", "text": "\(code.title): \(count)",
            "badge": code.badge.content, "when": code.line(endsAt: first, since: nil),
        ]
    }
}

extension WarningCode {
    fileprivate var badge: Badge { isFailure ? Badge("Now", .bad) : Badge("Soon", .wait) }

    fileprivate func line(endsAt: Date?, since: Date?) -> String {
        if let endsAt { return "\(isFailure ? "since" : "ends") \(ConsoleTime.text(endsAt))" }
        return since.map { "since \(ConsoleTime.text($0))" } ?? ""
    }
}
