import Foundation
import Postgres

extension Operator {
    /// A secret that ends within so long is warned of.
    static let notice: TimeInterval = 30 * 86_400

    /// What will stop working unless somebody acts.
    func warnings(at now: Date) async throws -> [Finding] {
        [
            secretFinding(settings.microsoft.secret.expiresAt, at: now), try await tenantSecretFinding(at: now),
            try await idleGrantFinding(at: now),
        ]
    }

    private func secretFinding(_ end: Date?, at now: Date) -> Finding {
        let name = "microsoft secret"
        guard let end else {
            return Finding(
                name: name, verdict: .warning,
                words: "its end is not known; set HEARTH_MICROSOFT_SECRET_EXPIRES to be warned before it")
        }
        let left = end.timeIntervalSince(now)
        guard left > 0 else {
            return Finding(
                name: name, verdict: .failure, words: "ended at \(RFC3339.format(end)); nothing is refreshed")
        }
        return Finding(
            name: name, verdict: left > Self.notice ? .ok : .warning,
            words: "ends at \(RFC3339.format(end)), in \(Int(left / 86_400)) days")
    }

    private func tenantSecretFinding(at now: Date) async throws -> Finding {
        let row = try await database.read(
            """
            SELECT count(*) FILTER (WHERE secret_expires_at <= \(now)) AS ended,
                count(*) FILTER (WHERE secret_expires_at > \(now)) AS ending
            FROM microsoft_apps WHERE retired_at IS NULL AND secret_expires_at <= \(now.addingTimeInterval(Self.notice))
            """
        ).first
        let (ended, ending): (Int, Int) = (try row?["ended"] ?? 0, try row?["ending"] ?? 0)
        return Finding(
            name: "tenant secrets", verdict: ended + ending == 0 ? .ok : .warning,
            words: ended + ending == 0
                ? "none ends within 30 days"
                : "\(ended) have ended, \(ending) end within 30 days; see: hearth microsoft-app list --tenant ID")
    }

    private func idleGrantFinding(at now: Date) async throws -> Finding {
        let count = try await IdleGrants.nearEnd(database, at: now)
        return Finding(
            name: "idle grants", verdict: count == 0 ? .ok : .warning,
            words: count == 0
                ? "none was left alone for 80 days"
                : "\(count) were not refreshed for 80 days, and Microsoft forgets them after 90; do workers run?")
    }
}

/// Live grants that Microsoft will forget soon: refresh tokens end after 90 days without use.
enum IdleGrants {
    static func nearEnd(_ database: Database, at now: Date) async throws -> Int {
        try await database.read(
            "SELECT count(*) AS count FROM grants WHERE state = 'live' AND refreshed_at < \(now.addingTimeInterval(-80 * 86_400))"
        ).first?["count"] ?? 0
    }
}
