package import Foundation
import HearthCore
import HearthMailboxes
import HearthMicrosoft
import HearthRules
import HearthWeb
import Postgres

extension Operator {
    /// Returns a finding for each kind of early warning, even if there is no warning.
    package func warnings(at now: Date) async throws -> [Finding] {
        let operators = OperatorWarnings(settings, database: database)
        let tenants = TenantWarnings(database: database)
        let counts = try await tenants.counts(at: now)
        return [
            secretFinding(operators, at: now),
            finding(
                "microsoft application", try await ApplicationRefusals.ofOperator(in: database), at: now,
                otherwise: "no refusal is known"),
            try await consentFinding(at: now), tenantSecretFinding(counts),
            try await refusedFinding(tenants, counts, at: now), idleFinding(counts),
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
            words.append("It has been so since \(RFC3339.format(since)).")
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

    /// Only a warning, because the fault is the tenant's own.
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
                "Microsoft refuses \(named.joined(separator: ", "))\(others); to set a new secret, run: hearth microsoft-app rotate-secret"
        )
    }

    /// Consents that failed because of the application: as long as no mailbox is connected, nothing else reveals a wrong
    /// secret.
    private func consentFinding(at now: Date) async throws -> Finding {
        let rows = try await database.read(
            """
            SELECT count(*) AS all_of_them, count(app_id) AS own FROM consents
            WHERE status = 'open' AND outcome_code = \(ConsentOutcome.Code.applicationFault.rawValue)
                AND updated_at > \(now.addingTimeInterval(-86_400))
            """)
        let (all, own): (Int, Int) = (try rows.scalar("all_of_them") ?? 0, try rows.scalar("own") ?? 0)
        return Finding(
            name: "consents", verdict: all == 0 ? .ok : .warning,
            words: all == 0
                ? "none failed in the last day because Microsoft refused the application"
                : "\(all) failed in the last day because Microsoft refused the application, \(own) of them a tenant's own; check secret and redirect URI"
        )
    }

    private func idleFinding(_ counts: [WarningCode: Int]) -> Finding {
        let count = counts[.connectionExpiring] ?? 0
        return Finding(
            name: "idle grants", verdict: count == 0 ? .ok : .warning,
            words: count == 0
                ? "none has gone 80 days without a refresh"
                : "\(count) were not refreshed for 80 days, and Microsoft forgets them after 90; are workers running?")
    }

    /// Checks the application's secret at Microsoft. If there are two, the newest one counts, and the former is a fallback.
    func secretLook(_ client: MicrosoftClient, in home: String) async -> Finding {
        let name = "microsoft sign-in"
        let secret = settings.microsoft.secret
        do throws(MicrosoftFault) {
            try await client.prove(secret: secret.newest, in: home, timeout: .seconds(10))
            return Finding(name: name, verdict: .ok, words: "Microsoft accepts the application's secret")
        } catch {
            guard error.kind != .transient else {
                return Finding(name: name, verdict: .warning, words: "could not be checked: \(error)")
            }
            let refusal = "Microsoft refuses the application or its secret in the directory \(home): \(error)."
            let isSpared = await isTaken(secret.former, client, in: home)
            return Finding(
                name: name, verdict: isSpared ? .warning : .failure,
                words: isSpared
                    ? "\(refusal) The former secret still works."
                    : "\(refusal) \(WarningCode.operatorApplicationRefused.advice)")
        }
    }

    private func isTaken(_ former: String?, _ client: MicrosoftClient, in home: String) async -> Bool {
        guard let former else { return false }
        do throws(MicrosoftFault) {
            try await client.prove(secret: former, in: home, timeout: .seconds(10))
            return true
        } catch {
            return false
        }
    }

    private static func days(from now: Date, to end: Date) -> Int { Int(end.timeIntervalSince(now) / 86_400) }
}
