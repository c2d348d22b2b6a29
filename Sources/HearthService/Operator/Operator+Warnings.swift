import Foundation
import HearthRules

extension Operator {
    /// The early warnings, each kind with what is said when there is none.
    func warnings(at now: Date) async throws -> [Finding] {
        let operators = OperatorWarnings(settings, database: database)
        let tenants = TenantWarnings(database: database)
        let counts = try await tenants.counts(at: now)
        return [
            secretFinding(operators, at: now),
            finding(
                "microsoft application", try await ApplicationRefusals.ofOperator(in: database), at: now,
                otherwise: "no refusal is known"),
            tenantSecretFinding(counts), try await refusedFinding(tenants, counts, at: now), idleFinding(counts),
        ]
    }

    private func secretFinding(_ operators: OperatorWarnings, at now: Date) -> Finding {
        let end = operators.secret.expiresAt.map {
            "ends at \(RFC3339.format($0)), in \(Self.days(from: now, to: $0)) days"
        }
        return finding("microsoft secret", operators.ofSecret(at: now), at: now, otherwise: end ?? "")
    }

    func finding(_ name: String, _ warning: Warning?, at now: Date, otherwise: String) -> Finding {
        guard let warning else { return Finding(name: name, verdict: .ok, words: otherwise) }
        var words = [warning.text]
        if let end = warning.endsAt {
            words.append(
                end > now
                    ? "It ends at \(RFC3339.format(end)), in \(Self.days(from: now, to: end)) days."
                    : "It ended at \(RFC3339.format(end)).")
        } else if let since = warning.since {
            words.append("That is so since \(RFC3339.format(since)).")
        }
        words.append(warning.code.advice)
        return Finding(
            name: name, verdict: warning.code.isFailure ? .failure : .warning, words: words.joined(separator: " "))
    }

    private func tenantSecretFinding(_ counts: [WarningCode: Int]) -> Finding {
        let (ended, ending) = (counts[.secretExpired] ?? 0, counts[.secretExpiring] ?? 0)
        return Finding(
            name: "tenant secrets", verdict: ended + ending == 0 ? .ok : .warning,
            words: ended + ending == 0
                ? "none ends within 30 days"
                : "\(ended) have ended, \(ending) end within 30 days; see: hearth microsoft-app list --tenant ID")
    }

    /// Nobody's fault but the tenant's own, so it is a warning.
    private func refusedFinding(
        _ tenants: TenantWarnings, _ counts: [WarningCode: Int], at now: Date
    ) async throws -> Finding {
        let name = "tenant applications"
        guard let count = counts[.applicationRefused], count > 0 else {
            return Finding(name: name, verdict: .ok, words: "no refusal is known")
        }
        let named = try await tenants.refused(at: now, limit: 5).map { tenant, application, warning in
            let since = warning.since.map { " since \(RFC3339.format($0))" } ?? ""
            return "application \(application) of tenant \(tenant)\(since) (\(warning.cause ?? "no answer"))"
        }
        let others = count > named.count ? ", and \(count - named.count) more" : ""
        return Finding(
            name: name, verdict: .warning,
            words:
                "Microsoft refuses \(named.joined(separator: ", "))\(others); a new secret is set by: hearth microsoft-app rotate-secret"
        )
    }

    private func idleFinding(_ counts: [WarningCode: Int]) -> Finding {
        let count = counts[.connectionExpiring] ?? 0
        return Finding(
            name: "idle grants", verdict: count == 0 ? .ok : .warning,
            words: count == 0
                ? "none was left alone for 80 days"
                : "\(count) were not refreshed for 80 days, and Microsoft forgets them after 90; do workers run?")
    }

    private static func days(from now: Date, to end: Date) -> Int { Int(end.timeIntervalSince(now) / 86_400) }
}
