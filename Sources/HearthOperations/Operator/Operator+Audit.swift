package import Foundation
package import HearthCore
import Postgres
import StrictJSON

extension Operator {
    var recorder: AuditRecorder { AuditRecorder(keyRing: settings.keyRing, randomBytes: SecureRandom.bytes) }

    /// Creates the audit entry of a command, with the user and the host that run it.
    package func entry(
        _ action: String, subject: String? = nil, tenant: Int64, outcome: String? = nil, at now: Date
    ) async throws -> AuditInsertion {
        try await prepareSealing()
        return try insertion(action, subject: subject, tenant: tenant, outcome: outcome, at: now)
    }

    /// The same inside a transaction, for a subject that is not known before. Requires ``prepareSealing()``.
    package func insertion(
        _ action: String, subject: String? = nil, tenant: Int64, outcome: String? = nil, at now: Date
    ) throws -> AuditInsertion {
        try recorder.insertion(
            of: AuditContent(
                actor: "operator:\(NSUserName().prefix(200))", action: action, subject: subject ?? "tenant:\(tenant)",
                source: String(ProcessInfo.processInfo.hostName.prefix(255)), requestID: nil, outcome: outcome),
            tenant: tenant, at: now)
    }

    /// Writes the audit entry of a command that changes nothing, or of another one before its effect, so that there is no
    /// effect without an entry.
    package func note(_ action: String, subject: String? = nil, tenant: Int64) async throws {
        _ = try await database.write(
            try await entry(action, subject: subject, tenant: tenant, at: try await now()).statement)
    }

    /// Writes the entry of a command on the whole database to every tenant's audit, before its effect.
    func noteEverywhere(_ action: String) async throws {
        try await prepareSealing()
        let now = try await now()
        for tenant in try await tenants.list() {
            _ = try await database.write(try insertion(action, tenant: tenant.id, at: now).statement)
        }
    }

    /// - Parameter anchor: `<position>:<link in hexadecimal digits>`, as printed by an earlier run.
    package func verifyAudit(tenant: Int64?, anchor: String?) async throws -> Answer {
        guard anchor == nil || tenant != nil else { throw OperatorRefusal("an anchor belongs to one tenant; name it") }
        let noted = try anchor.map(Self.anchor)
        let verification = AuditVerification(database: database, keyRing: settings.keyRing)
        let findings: [AuditVerification.Finding]
        if let tenant {
            findings = [try await verification.verify(try await require(tenant: tenant).id, anchor: noted)]
        } else {
            findings = try await verification.verifyAll()
        }
        var answer = Answer(text: findings.map(\.words).joined(separator: "\n")) { json in
            json.member("intact", findings.allSatisfy(\.problems.isEmpty))
            json.array("tenants") { json in
                for finding in findings { finding.write(to: &json) }
            }
        }
        answer.isFailure = !findings.allSatisfy(\.problems.isEmpty)
        return answer
    }

    private static func anchor(_ text: String) throws -> AuditVerification.Anchor {
        let parts = text.split(separator: ":")
        let digits = parts.last.map { Array($0) } ?? []
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        guard parts.count == 2, let position = Int64(parts[0]), digits.count == 64, bytes.count == 32 else {
            throw OperatorRefusal("an anchor must have the form <position>:<64 hexadecimal digits>")
        }
        return .init(position: position, link: bytes)
    }
}

extension AuditVerification.Finding {
    /// To be kept elsewhere: with it, a database that was reset as a whole can be detected.
    package var anchor: String {
        "\(position):" + link.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    fileprivate var words: String {
        let state =
            problems.isEmpty
            ? "intact: \(verified) entries, \(erased) of them erased, \(cut) cut off, \(unchained) not chained yet"
            : "TAMPERED WITH\n  " + problems.joined(separator: "\n  ")
        return "\(tenantID)  \(state)\n  anchor \(anchor)"
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("tenant_id", tenantID)
            json.member("intact", problems.isEmpty)
            json.member("verified", verified)
            json.member("erased", erased)
            json.member("cut", cut)
            json.member("unchained", unchained)
            json.member("set_aside", refused)
            json.member("anchor", anchor)
            json.array("problems") { json in
                for problem in problems { json.value(problem) }
            }
        }
    }
}
