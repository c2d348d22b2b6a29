package import Foundation
package import Postgres

/// Re-seals every value with the newest key of the ring, while the service runs.
///
/// Each value names the key that sealed it, so an interrupted run can simply be repeated. A key is retired when no value uses
/// it and its last announcement has expired.
package struct RotateKeys: Sendable {
    let database: Database
    package let ring: KeyRing
    let now: @Sendable () -> Date
    /// Whether to wait until the announcements of former keys have expired.
    package let waits: Bool
    package let progress: @Sendable (RotationProgress) -> Void

    package init(
        database: Database, ring: KeyRing, now: @escaping @Sendable () -> Date, waits: Bool,
        progress: @escaping @Sendable (RotationProgress) -> Void
    ) {
        self.database = database
        self.ring = ring
        self.now = now
        self.waits = waits
        self.progress = progress
    }

    package struct Outcome: Sendable {
        package var resealed = 0
        /// The problems found by the last pass; every pass checks all values again.
        package var problems: [SealedValueProblem] = []
        /// Keys that are no longer needed.
        package var retired: [String] = []
        /// Former keys with which a process may still seal.
        package var stillSealing: [String] = []

        package init(problems: [SealedValueProblem] = [], retired: [String] = [], stillSealing: [String] = []) {
            self.problems = problems
            self.retired = retired
            self.stillSealing = stillSealing
        }
    }

    private static let batch = 200
    /// The maximum number of passes over all columns. More than one is needed if a process that still seals with a former key
    /// writes values that the current pass has already passed.
    private static let passes = 3

    private var registry: KeyRegistry { KeyRegistry(database: database) }

    package func run() async throws -> Outcome {
        try await registry.announce(ring, at: now())
        var outcome = Outcome()
        let total = try await formerValues().values.reduce(0, +)
        let began = ContinuousClock.now
        try await reseal(&outcome, total: total, since: began)
        let former = try await registry.entries().filter { $0.id != ring.newestID }
        if waits, try await announcementsEnd(of: former, done: outcome.resealed, total: total, since: began) {
            // Re-seal the values that processes with a former key wrote in the meantime.
            try await reseal(&outcome, total: total, since: began)
        }
        let counts = try await formerValues()
        for key in try await registry.entries() where key.id != ring.newestID {
            if key.sealingUntil > now() {
                outcome.stillSealing.append(key.id)
            } else if counts[key.id, default: 0] == 0 {
                if try await registry.retire(key.id, at: now()) {
                    outcome.retired.append(key.id)
                } else {
                    outcome.stillSealing.append(key.id)
                }
            }
        }
        return outcome
    }

    private func formerValues() async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for column in SealedColumn.all {
            counts.merge(
                try await SealedValues(database: database, column: column).countByKey(), uniquingKeysWith: +)
        }
        counts[ring.newestID] = nil
        return counts
    }

    // MARK: Re-sealing

    private func reseal(_ outcome: inout Outcome, total: Int, since began: ContinuousClock.Instant) async throws {
        for _ in 0..<Self.passes {
            let before = outcome.resealed
            outcome.problems = []
            for column in SealedColumn.all {
                try await reseal(column, &outcome, total: total, since: began)
            }
            if outcome.resealed == before { return }
        }
    }

    private func reseal(
        _ column: SealedColumn, _ outcome: inout Outcome, total: Int, since began: ContinuousClock.Instant
    ) async throws {
        let values = SealedValues(database: database, column: column)
        var last: SealedValue?
        while true {
            let page = try await values.page(after: last, leavingOut: ring.newestPrefix, limit: Self.batch)
            guard let end = page.last else { return }
            last = end
            var changes: [(value: SealedValue, sealed: [UInt8])] = []
            for value in page {
                let place = column.place(tenant: value.tenantID, row: value.row)
                do {
                    changes.append((value, try ring.seal(try ring.open(value.bytes, for: place), for: place)))
                } catch let failure as KeyRing.Failure {
                    outcome.problems.append(
                        SealedValueProblem(
                            column: column, tenantID: value.tenantID, row: value.row, words: failure.words))
                }
            }
            if !changes.isEmpty { outcome.resealed += try await values.replace(changes) }
            progress(
                RotationProgress(
                    column: column.description, done: outcome.resealed, total: total,
                    elapsed: ContinuousClock.now - began))
        }
    }

    // MARK: The end of former keys

    /// Waits until no process seals with a former key. Returns false if a process has announced one meanwhile.
    private func announcementsEnd(
        of former: [KeyRegistry.Entry], done: Int, total: Int, since began: ContinuousClock.Instant
    ) async throws -> Bool {
        let ends = Dictionary(uniqueKeysWithValues: former.map { ($0.id, $0.sealingUntil) })
        while true {
            let current = try await registry.entries().filter { $0.id != ring.newestID }
            if current.contains(where: { $0.sealingUntil > ends[$0.id] ?? .distantPast }) { return false }
            guard let latest = current.map(\.sealingUntil).max(), latest > now() else { return true }
            progress(
                RotationProgress(
                    column: "", done: done, total: total, elapsed: ContinuousClock.now - began,
                    waiting: Int(latest.timeIntervalSince(now()).rounded(.up))))
            try await Task.sleep(for: .seconds(1))
        }
    }
}

/// The progress of a key rotation.
package struct RotationProgress: Sendable {
    /// The current column, such as `grants.refresh_token`.
    package let column: String
    package let done: Int
    /// The number of values at the beginning. The final number may differ slightly, because the service keeps running.
    package let total: Int
    package let elapsed: Duration
    /// Seconds until the last announcement of a former key expires; nil while values are re-sealed.
    package var waiting: Int?

    /// The estimated time left; nil until a rate is known.
    package var remaining: Duration? {
        guard done > 0, total > done else { return nil }
        return elapsed * (Double(total - done) / Double(done))
    }

    package var words: String {
        if let waiting { return "waiting \(waiting) s, because a process may still seal with the former key" }
        let percent = total > 0 ? min(100, done * 100 / total) : 100
        let rate = elapsed > .zero ? Int(Double(done) / (elapsed / .seconds(1))) : 0
        let eta = remaining.map { ", about \(Self.words($0)) left" } ?? ""
        return "\(column): \(done) of \(total) values (\(percent) %), \(rate) a second\(eta)"
    }

    private static func words(_ duration: Duration) -> String {
        let seconds = Int((duration / .seconds(1)).rounded(.up))
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3_600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3_600) h \(seconds / 60 % 60) min"
    }
}
