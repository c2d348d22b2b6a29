import Foundation
package import HearthCore
import Postgres
import StrictJSON

extension Operator {
    /// Reseals everything with the newest key; see ``RotateKeys``.
    package func rotateKeys(waits: Bool, progress: @escaping @Sendable (RotationProgress) -> Void) async throws
        -> Answer
    {
        try await noteEverywhere("keys.rotate")
        let clock = clock
        let outcome = try await withLongStatements { patient in
            try await RotateKeys(
                database: patient, ring: settings.keyRing, now: { clock.now() }, waits: waits, progress: progress
            ).run()
        }
        return answer(outcome)
    }

    private func answer(_ outcome: RotateKeys.Outcome) -> Answer {
        var lines = ["\(outcome.resealed) values were resealed with the key '\(settings.keyRing.newestID)'."]
        lines += outcome.problems.prefix(20).map(\.description)
        if outcome.problems.count > 20 { lines.append("… and \(outcome.problems.count - 20) more.") }
        lines += outcome.retired.map { "The key '\($0)' can be removed from HEARTH_ENCRYPTION_KEYS." }
        lines += outcome.stillSealing.map {
            "The key '\($0)' is still used for sealing, or was until recently: put the newest key first in every process, then run this again."
        }
        var answer = Answer(text: lines.joined(separator: "\n")) { json in
            json.member("newest", settings.keyRing.newestID)
            json.member("resealed", outcome.resealed)
            json.array("retired") { json in for key in outcome.retired { json.value(key) } }
            json.array("still_sealing") { json in for key in outcome.stillSealing { json.value(key) } }
            json.array("problems") { json in
                for problem in outcome.problems {
                    json.object { problem.write(to: &$0) }
                }
            }
        }
        answer.isFailure = !outcome.problems.isEmpty || !outcome.stillSealing.isEmpty
        return answer
    }

    /// Must be called before a command seals anything: checks the key ring against the database and announces its newest key.
    func prepareSealing() async throws {
        let registry = KeyRegistry(database: database)
        if let problem = try await registry.problem(with: settings.keyRing) { throw OperatorRefusal(problem) }
        try await registry.announce(settings.keyRing, at: try await now())
    }
}
