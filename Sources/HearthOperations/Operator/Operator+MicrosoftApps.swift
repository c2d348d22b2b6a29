import Foundation
import HearthCore
import HearthMicrosoft
import HearthRules
import HearthWeb
import StrictJSON

extension Operator {
    private var apps: MicrosoftAppStore { MicrosoftAppStore(database: database, keyRing: settings.keyRing) }

    package func setMicrosoftApp(
        tenant id: Int64, clientID: String, secret: String, expires: String?
    ) async throws -> Answer {
        _ = try await require(tenant: id)
        // Microsoft's client IDs are GUIDs, stored in lower case as in its tokens.
        guard let guid = UUID(uuidString: clientID.trimmingWhitespace()) else {
            throw OperatorRefusal("a client id is a GUID without braces, as the Entra portal shows it")
        }
        let (secret, end) = try (checked(secret), date(expires))
        try await prepareSealing()
        let now = try await now()
        let app = try await apps.set(
            clientID: guid.uuidString.lowercased(), secret: secret, expiresAt: end, of: id, fresh: try await ids.next(),
            at: now
        ) { try insertion("microsoft-app.set", subject: "microsoft-app:\($0)", tenant: id, at: now) }
        return Answer(
            text:
                "New links of tenant \(id) use its own application \(app) within a second. Register exactly \(settings.microsoft.redirectURI) there, as a web redirect URI."
        ) { json in
            json.member("tenant_id", id)
            json.member("app_id", app)
            json.member("redirect_uri", settings.microsoft.redirectURI)
        }
    }

    package func rotateMicrosoftAppSecret(tenant id: Int64, app: Int64, secret: String, expires: String?) async throws
        -> Answer
    {
        _ = try await require(tenant: id)
        let (secret, end) = try (checked(secret), date(expires))
        let entry = try await entry(
            "microsoft-app.rotate", subject: "microsoft-app:\(app)", tenant: id, at: try await now())
        guard try await apps.rotate(app, secret: secret, expiresAt: end, of: id, noting: entry) else {
            throw unknown(app, of: id)
        }
        return Answer(text: "The new secret is in use; the former one is kept as a fallback until the next rotation.") {
            json in
            json.member("tenant_id", id)
            json.member("app_id", app)
        }
    }

    package func listMicrosoftApps(tenant id: Int64) async throws -> Answer {
        _ = try await require(tenant: id)
        try await note("microsoft-app.list", tenant: id)
        let all = try await apps.list(of: id)
        let used = all.first { $0.retiredAt == nil }?.id
        let lines = all.map { app in
            let state = app.retiredAt != nil ? "retired" : app.id == used ? "new links use it" : "former"
            let end = app.secretExpiresAt.map { ", its secret expires \(RFC3339.format($0))" } ?? ""
            return
                "\(app.id)  \(app.clientID)  \(state), \(app.liveGrants) connections, \(app.openLinks) open links\(end)"
        }
        let none = "Tenant \(id) has no application of its own; the operator's is used."
        return Answer(text: lines.isEmpty ? none : lines.joined(separator: "\n")) { json in
            json.array("apps") { json in
                for app in all {
                    json.object { json in
                        json.member("app_id", app.id)
                        json.member("client_id", app.clientID)
                        json.member("in_use_for_new_links", app.id == used)
                        json.member("has_former_secret", app.hasFormerSecret)
                        json.member("secret_expires_at", app.secretExpiresAt.map(RFC3339.format))
                        json.member("live_grants", app.liveGrants)
                        json.member("open_links", app.openLinks)
                        json.member("created_at", RFC3339.format(app.createdAt))
                        json.member("retired_at", app.retiredAt.map(RFC3339.format))
                    }
                }
            }
        }
    }

    package func removeMicrosoftApp(tenant id: Int64, app: Int64) async throws -> Answer {
        _ = try await require(tenant: id)
        guard let found = try await apps.list(of: id).first(where: { $0.id == app && $0.retiredAt == nil }) else {
            throw unknown(app, of: id)
        }
        let now = try await now()
        let entry = try await entry("microsoft-app.remove", subject: "microsoft-app:\(app)", tenant: id, at: now)
        guard try await apps.retire(app, of: id, at: now, noting: entry) else {
            throw OperatorRefusal(
                "\(found.liveGrants) connections and \(found.openLinks) open links use it. Set another application, let their owners connect again, then remove this one"
            )
        }
        return Answer(text: "Application \(app) is removed, and its secrets are destroyed.") { json in
            json.member("tenant_id", id)
            json.member("app_id", app)
            json.member("retired", true)
        }
    }

    private func unknown(_ app: Int64, of tenant: Int64) -> OperatorRefusal {
        OperatorRefusal("tenant \(tenant) has no application \(app); see: hearth microsoft-app list --tenant \(tenant)")
    }

    private func checked(_ secret: String) throws -> String {
        guard (1...1_000).contains(secret.utf8.count), secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw OperatorRefusal("the secret must be one line of visible ASCII characters: its value, not its id")
        }
        return secret
    }

    private func date(_ text: String?) throws -> Date? {
        guard let text else { return nil }
        guard let date = OperatorSecret.date(text) else {
            throw OperatorRefusal("a secret's expiry must be a date such as 2027-03-31, or an RFC 3339 time")
        }
        return date
    }
}
