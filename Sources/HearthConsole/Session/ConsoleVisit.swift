import Foundation
import HTTPTypes
import HearthCore
import HearthWeb
import Hummingbird
import StrictJSON

/// One request with an open session.
struct ConsoleVisit: Sendable {
    let request: Request
    let requestID: String
    /// The browser's address.
    let source: String?
    let path: Parameters
    let session: ConsoleSession
    /// When the session expires.
    let endsAt: Date
    let identity: Identity
    let views: ConsoleViews

    var tenantID: Int64 { identity.tenantID }
    var caller: Caller { Caller(tenantID: tenantID, actor: identity.actor, requestID: requestID, source: source) }

    /// The path's id; nil if it is not a positive number, which is answered like an unknown id.
    var id: Int64? { path.get("id").flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil } }

    /// One parameter of the query, trimmed; nil when it is absent, empty or cannot be read.
    func query(_ name: String) -> String? {
        guard var fields = try? Fields(query: request.uri.query),
            let text = fields.string(name, length: 0...1_000), !text.isEmpty
        else { return nil }
        return text
    }

    func may(_ scope: Scope) -> Bool { identity.scopes.contains(scope) }

    /// Renders a page within the console's frame.
    func show(
        _ view: ConsoleView, title: String, _ content: [String: Any], status: HTTPResponse.Status = .ok
    ) throws -> Response {
        var frame = content
        frame["formToken"] = session.formToken
        frame["tenant"] = identity.tenantName
        frame["hasNavigation"] = true
        frame["navigation"] = ConsoleNavigation.items(for: identity, current: request.uri.path)
        return try views.page(view, title: title, frame, status: status, for: request)
    }

    /// The notice of the form that led to this page, if any.
    var doneWords: String? { query("done").flatMap(Notice.init(rawValue:))?.words }

    /// Redirects after a form, so that reloading does not repeat it.
    func go(to path: String, saying notice: Notice) -> Response {
        .redirect(to: "\(path)\(path.contains("?") ? "&" : "?")done=\(notice.rawValue)", type: .normal)
    }
}

/// The console's sections that the key or member may see.
enum ConsoleNavigation {
    private static let all: [(path: String, name: String, scope: Scope?)] = [
        ("/console/campaigns", "Campaigns", .campaignsRead), ("/console/mailboxes", "Mailboxes", .campaignsRead),
        ("/console/invitations", "Invitations", .campaignsRead), ("/console/consents", "Consents", .campaignsRead),
        ("/console/webhooks", "Webhooks", .webhooks), ("/console/keys", "API keys", .keys),
        ("/console/audit", "Audit", .keys), ("/console/account", "Account", nil),
    ]

    static func items(for identity: Identity, current: String) -> [[String: Any]] {
        all.filter { item in item.scope.map(identity.scopes.contains) ?? true }
            .map { ["path": $0.path, "name": $0.name, "isCurrent": current.hasPrefix($0.path)] }
    }

    /// The first page after signing in.
    static func home(of identity: Identity) -> String {
        items(for: identity, current: "").first?["path"] as? String ?? "/console/account"
    }
}
