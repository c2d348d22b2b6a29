import Foundation
import HearthCore
import HearthMicrosoft
import HearthRules
import Outbound
import Postgres
import StrictJSON

extension Operator {
    /// The result of one check.
    package struct Finding: Sendable {
        enum Verdict: String, Sendable { case ok, warning, failure }

        let name: String
        let verdict: Verdict
        let words: String
    }

    /// Checks everything that the service needs; fails if anything would keep it from working.
    package func doctor() async throws -> Answer {
        var findings = await databaseFindings()
        findings.append(keyRingFinding())
        findings += await microsoftFindings()
        findings.append(await publicURLFinding())
        findings.append(await mailServerFinding())
        let lines = findings.map {
            "\($0.verdict.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0))\($0.name): \($0.words)"
        }
        var answer = Answer(text: lines.joined(separator: "\n")) { json in
            json.member("healthy", !findings.contains { $0.verdict == .failure })
            json.array("findings") { json in
                for finding in findings {
                    json.object { json in
                        json.member("name", finding.name)
                        json.member("verdict", finding.verdict.rawValue)
                        json.member("words", finding.words)
                    }
                }
            }
        }
        answer.isFailure = findings.contains { $0.verdict == .failure }
        return answer
    }

    private func databaseFindings() async -> [Finding] {
        do {
            // First, because it reports why there is no connection; the pool only reports that there is none.
            let pending = try await Migrator(
                directory: settings.shareDirectory + "/migrations",
                settings: DatabaseSettings(uri: settings.migrationDatabaseURL)
            ).apply(dryRun: true)
            let now = try await now()
            let skew = abs(now.timeIntervalSince(hostDate()))
            var findings = [
                Finding(name: "database", verdict: .ok, words: "reachable"),
                Finding(
                    name: "host clock", verdict: skew < 2 ? .ok : .warning,
                    words: "\(Int(skew)) s from the database's, which the service uses"),
                Finding(
                    name: "migrations", verdict: pending.isEmpty ? .ok : .failure,
                    words: pending.isEmpty ? "none pending" : "\(pending.count) pending; run: hearth migrate"),
            ]
            if pending.isEmpty {
                findings.append(try await laneFinding(at: now))
                findings.append(try await keyRegistryFinding())
                findings += try await warnings(at: now)
                findings.append(try await invitationMailFinding(at: now))
                findings.append(try await auditFinding())
                if try await !Quarantine.isServing(database) {
                    findings.append(Finding(name: "quarantine", verdict: .warning, words: Quarantine.words))
                }
            }
            return findings
        } catch {
            return [Finding(name: "database", verdict: .failure, words: "\(error)")]
        }
    }

    /// Lanes that have been due for a long time, because workers are stopped or behind.
    private func laneFinding(at now: Date) async throws -> Finding {
        let stuck: Int =
            try await database.read(
                """
                SELECT count(*) AS count FROM webhook_lanes l
                JOIN webhook_endpoints e ON e.tenant_id = l.tenant_id AND e.endpoint_id = l.endpoint_id
                WHERE l.due_at < \(now.addingTimeInterval(-300)) AND e.status = 'enabled'
                """
            ).scalar("count") ?? 0
        return Finding(
            name: "lanes", verdict: stuck == 0 ? .ok : .warning,
            words: stuck == 0 ? "none stuck" : "\(stuck) due for over five minutes; are workers running?")
    }

    /// Audit rows that this service has not written.
    private func auditFinding() async throws -> Finding {
        let count: Int =
            try await database.read("SELECT count(*) AS count FROM audit_entries WHERE refused_at IS NOT NULL")
            .scalar("count") ?? 0
        return Finding(
            name: "audit", verdict: count == 0 ? .ok : .failure,
            words: count == 0
                ? "no entry was set aside"
                : "\(count) entries were set aside, because they are not as this service wrote them; run: hearth audit verify"
        )
    }

    /// Whether the key ring has every key that sealed values need; otherwise the service does not start.
    private func keyRegistryFinding() async throws -> Finding {
        let problem = try await KeyRegistry(database: database).problem(with: settings.keyRing)
        return Finding(
            name: "sealed values", verdict: problem == nil ? .ok : .failure,
            words: problem ?? "the key ring has every key that they need")
    }

    private func keyRingFinding() -> Finding {
        let operators = OperatorWarnings(settings, database: database)
        return finding(
            "key ring", operators.ofKeys, at: clock.now(),
            otherwise: "\(operators.keys) keys, '\(settings.keyRing.newestID)' seals")
    }

    private func microsoftFindings() async -> [Finding] {
        let engine: OutboundEngine
        do {
            engine = try OutboundEngine(.microsoft(settings))
        } catch {
            return [Finding(name: "microsoft", verdict: .failure, words: "\(error)")]
        }
        let client = MicrosoftClient(
            engine: engine, endpoints: settings.microsoft, allowsPlainHTTP: settings.isDevelopment)
        var findings: [Finding] = []
        do {
            let document = try await client.document(settings.microsoft.discovery, timeout: .seconds(10))
            let keys = try await SigningKeys(client).prepare()
            findings.append(Finding(name: "microsoft keys", verdict: .ok, words: "\(keys) signing keys"))
            findings.append(clockFinding(document.date))
            if let home = settings.microsoft.home { findings.append(await secretLook(client, in: home)) }
        } catch {
            findings.append(
                Finding(name: "microsoft", verdict: .failure, words: "\(settings.microsoft.authority): \(error)"))
        }
        findings += await linkFindings(client)
        await engine.shutdown()
        return findings
    }

    /// id_tokens are refused if the clocks differ by more than five minutes.
    private func clockFinding(_ header: String?) -> Finding {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = header.flatMap(formatter.date(from:)) else {
            return Finding(name: "microsoft clock", verdict: .warning, words: "Microsoft sent no Date header")
        }
        let skew = abs(clock.now().timeIntervalSince(date))
        return Finding(
            name: "microsoft clock", verdict: skew < 60 ? .ok : .failure, words: "\(Int(skew)) s from the database's")
    }

    /// The host's own clock. Nothing else reads it; here it is what is checked.
    private func hostDate() -> Date { Date() }
}
