/// A check of one thing that the process needs to be ready.
package struct ReadinessCheck: Sendable {
    package enum Result: Sendable, Equatable {
        case ready
        /// Ready, but deliberately limited; the process still receives traffic. The text tells the operator what is not done.
        case limited(String)
        /// Not ready, with the reason for the operator.
        case notReady(String)
    }

    package let name: String
    /// Must respond to cancellation: a check that takes too long is cancelled and counts as not ready.
    package let run: @Sendable () async -> Result

    package init(name: String, run: @escaping @Sendable () async -> Result) {
        self.name = name
        self.run = run
    }
}

/// The results of all checks of one run.
package struct ReadinessReport: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        let name: String
        let result: ReadinessCheck.Result
    }

    let entries: [Entry]

    var isReady: Bool {
        entries.allSatisfy { entry in
            if case .notReady = entry.result { false } else { true }
        }
    }

    var isLimited: Bool {
        entries.contains { entry in
            if case .limited = entry.result { true } else { false }
        }
    }
}

/// Runs the checks, one run at a time and at most once a second, because the route is public and must not cause load.
package actor Readiness {
    private let checks: [ReadinessCheck]
    private let timeLimit: Duration
    private let life: Duration
    private var last: (report: ReadinessReport, until: ContinuousClock.Instant)?
    private var running: Task<ReadinessReport, Never>?

    package init(checks: [ReadinessCheck], timeLimit: Duration = .seconds(2), life: Duration = .seconds(1)) {
        self.checks = checks
        self.timeLimit = timeLimit
        self.life = life
    }

    package func report() async -> ReadinessReport {
        if let last, last.until > .now { return last.report }
        if let running { return await running.value }
        // A task of its own, because the result is shared and the first caller may be cancelled.
        let task = Task { [checks, timeLimit] in await Self.run(checks, timeLimit: timeLimit) }
        running = task
        let report = await task.value
        running = nil
        last = (report, .now + life)
        return report
    }

    private static func run(_ checks: [ReadinessCheck], timeLimit: Duration) async -> ReadinessReport {
        await withTaskGroup(of: (Int, ReadinessCheck.Result).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await result(of: check, timeLimit: timeLimit)) }
            }
            var results = checks.map { _ in ReadinessCheck.Result.ready }
            for await (index, result) in group { results[index] = result }
            return ReadinessReport(
                entries: zip(checks, results).map { ReadinessReport.Entry(name: $0.name, result: $1) })
        }
    }

    private static func result(of check: ReadinessCheck, timeLimit: Duration) async -> ReadinessCheck.Result {
        await withTaskGroup(of: ReadinessCheck.Result?.self) { group in
            group.addTask { await check.run() }
            group.addTask {
                try? await Task.sleep(for: timeLimit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? .notReady("no answer within \(timeLimit)")
        }
    }
}
