import Foundation
import HearthCore
import HearthMailboxes
import HearthOperations
import HearthRules
import Hummingbird
import Postgres

/// `/console/account`: warnings, the daily pool, this session's scopes, and the other open sessions.
struct AccountPage: Sendable {
    let dependencies: Dependencies

    func show(_ visit: ConsoleVisit) async throws -> Response {
        let identity = visit.identity
        let limits = identity.limits
        let facts: [(String, String)] = [
            ("Account", identity.tenantName), ("Account id", String(identity.tenantID)),
            identity.memberID.map { ("Member", String($0)) } ?? (
                "Key", "hearth_\(identity.tenantID)_\(identity.keyID)…"
            ),
            ("Scopes", identity.scopes.sorted().map(\.rawValue).joined(separator: ", ")),
            ("Key expires", ConsoleTime.text(identity.keyExpiresAt, otherwise: "never")),
            ("Session ends", ConsoleTime.text(visit.endsAt)),
            ("Requests", "\(limits.perMinute) a minute, \(limits.perSecond) a second for each key"),
        ]
        var content: [String: Any] = ["facts": facts.map { ["name": $0.0, "value": $0.1] }]
        content["sessions"] = try await sessions(visit)
        if identity.scopes.contains(.campaignsRead) {
            let (database, now) = (dependencies.database, dependencies.now())
            let warnings = try await TenantWarnings(database: database).overview(of: identity.tenantID, at: now)
            content.merge(warnings.content) { $1 }
            content["health"] = Self.content(
                of: try await MailboxStore(database: database).health(of: visit.tenantID, at: now))
            content["pool"] = try await AccountLimits.read(of: identity.tenantID, from: database).map { limits in
                [
                    "total": limits.total, "used": limits.used, "available": limits.total - limits.used,
                    "mailboxes": limits.mailboxes, "attention": limits.attention,
                ]
            }
        }
        return try visit.show(.account, title: "Account", content)
    }

    /// All open sessions of this session's key or member.
    private func sessions(_ visit: ConsoleVisit) async throws -> [[String: Any]] {
        try await ConsoleSessionStore(database: dependencies.database).list(
            of: .init(of: visit.identity), tenant: visit.tenantID, at: dependencies.now()
        ).map { session in
            [
                "isCurrent": session.digest == visit.session.digest, "source": session.source ?? "unknown",
                "began": ConsoleTime.text(session.createdAt), "seen": ConsoleTime.text(session.seenAt),
            ]
        }
    }

    /// The worst badge, and each badge with its count and a link to its mailboxes.
    private static func content(of health: AccountHealth) -> [String: Any] {
        let badges = MailboxHealth.allCases.filter { health.counts[$0] ?? 0 > 0 }.sorted(by: >)
        var content: [String: Any] = [
            "hasMailboxes": !badges.isEmpty,
            "badges": badges.map { badge in
                [
                    "badge": badge.badge.content, "count": health.counts[badge] ?? 0,
                    "path": MailboxListPage.path(.init(health: badge)),
                ] as [String: Any]
            },
        ]
        // When all mailboxes are disconnected, none is worse than another.
        content["worst"] = badges == [.disconnected] ? nil : health.worst.badge.content
        return content
    }
}
