import Foundation

@testable import Postgres

/// The results that the tasks of a fault run received, to be compared with the database.
///
/// `@unchecked Sendable`: touched under `lock` only.
final class FaultLedger: @unchecked Sendable {
    enum Outcome: Sendable, Hashable {
        /// Succeeded: it took effect exactly once.
        case acknowledged
        /// Refused, or cancelled before it ran: it had no effect.
        case refused
        /// Its connection died: it took effect once or not at all.
        case unknown
    }

    /// The timing of one request. Phases that it did not reach are zero.
    struct Timing: Sendable, CustomStringConvertible {
        var kind = ""
        /// Until a thread ran its body; for statements, the whole time.
        var queue = Duration.zero
        /// From there until its rows were locked.
        var lock = Duration.zero
        /// From there to the answer.
        var run = Duration.zero
        var attempts = 0
        /// The server was restarted in the meantime.
        var spansRestart = false

        var total: Duration { queue + lock + run }
        var description: String {
            "\(kind): \(total.milliseconds) ms = queue \(queue.milliseconds) + lock \(lock.milliseconds)"
                + " + run \(run.milliseconds), attempts \(attempts)\(spansRestart ? ", over the restart" : "")"
        }
    }

    private let lock = Lock()
    private var outcomes: [Int64: Outcome] = [:]
    private var errors: [String: Int] = [:]
    private var slowest: [Timing] = []
    private var answers = 0
    private var lastID: Int64 = 0

    var answered: Int { lock.withLock { answers } }
    /// The outcome of each write and command, by id.
    var writes: [Int64: Outcome] { lock.withLock { outcomes } }

    func nextID() -> Int64 {
        lock.withLock {
            lastID += 1
            return lastID
        }
    }

    /// - Parameter id: nil for a read.
    func record(_ outcome: Outcome, of id: Int64?, error: (any Error)?, timing: Timing) {
        lock.withLock {
            answers += 1
            if let id { outcomes[id] = outcome }
            if let error { errors["\(error)", default: 0] += 1 }
            slowest.append(timing)
            if slowest.count > 200 { keepSlowest() }
        }
    }

    private func keepSlowest() {
        slowest.sort { $0.total > $1.total }
        slowest.removeLast(max(0, slowest.count - 8))
    }

    var report: String {
        lock.withLock {
            keepSlowest()
            let counts = outcomes.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            let lines =
                ["\(answers) answers; writes and commands: \(counts.map { "\($0.key) \($0.value)" }.sorted())"]
                + errors.map { "\($0.value) x \($0.key)" }.sorted() + ["slowest:"] + slowest.map(\.description)
            return lines.joined(separator: "\n  ")
        }
    }
}
