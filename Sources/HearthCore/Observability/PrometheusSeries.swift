import CoreMetrics
import Synchronization

/// One series: a counter, a gauge or a histogram. Thread-safe.
final class PrometheusSeries: Sendable {
    struct Value: Sendable {
        /// The count of a counter, the value of a gauge, the sum of a histogram.
        var number = 0.0
        /// The number of observations in each bucket, not cumulative; the last counts those above all bounds.
        var counts: [UInt64] = []
    }

    let kind: MetricDefinition.Kind
    let buckets: [Double]
    private let state: Mutex<Value>

    init(kind: MetricDefinition.Kind, buckets: [Double]) {
        self.kind = kind
        self.buckets = buckets
        state = Mutex(Value(counts: kind == .histogram ? Array(repeating: 0, count: buckets.count + 1) : []))
    }

    var value: Value { state.withLock { $0 } }

    /// Adds to a counter or a gauge. A negative amount is ignored for counters, which only grow.
    func add(_ amount: Double) {
        if kind == .counter && !(amount >= 0) { return }
        state.withLock { $0.number += amount }
    }

    func replace(_ number: Double) {
        state.withLock { $0.number = number }
    }

    func observe(_ number: Double) {
        guard !number.isNaN else { return }
        let bucket = buckets.firstIndex { number <= $0 } ?? buckets.count
        state.withLock { value in
            value.number += number
            value.counts[bucket] += 1
        }
    }
}

extension PrometheusSeries: CounterHandler, FloatingPointCounterHandler {
    func increment(by amount: Int64) { add(Double(amount)) }
    func increment(by amount: Double) { add(amount) }
    func reset() { replace(0) }
}

extension PrometheusSeries: MeterHandler {
    func set(_ value: Int64) { replace(Double(value)) }
    func set(_ value: Double) { replace(value) }
    func decrement(by amount: Double) { add(-amount) }
}

extension PrometheusSeries: RecorderHandler, TimerHandler {
    func record(_ value: Int64) { record(Double(value)) }
    /// A recorder without aggregation is a gauge.
    func record(_ value: Double) {
        if kind == .histogram { observe(value) } else { replace(value) }
    }
    func recordNanoseconds(_ duration: Int64) { observe(Double(duration) / 1_000_000_000) }
}

/// All series of one metric: the same name with different labels.
struct PrometheusFamily {
    let name: String
    let kind: MetricDefinition.Kind
    let help: String
    let buckets: [Double]
    /// The series by rendered labels, such as `{outcome="accepted"}`; an empty string for no labels.
    private(set) var series: [String: PrometheusSeries] = [:]

    /// Replaces the labels of new series when there are too many.
    private static let overflow = #"{overflow="true"}"#

    init(name: String, kind: MetricDefinition.Kind, help: String, buckets: [Double]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.buckets = buckets
    }

    /// Returns the series with these labels, creating it if necessary. Above the limit all new labels share one series, so that
    /// a mistake in a label costs precision rather than memory.
    mutating func series(labels: [(String, String)], limit: Int) -> PrometheusSeries {
        var key = PrometheusText.labels(labels)
        if let existing = series[key] { return existing }
        if series.count >= limit { key = Self.overflow }
        if let existing = series[key] { return existing }
        let made = PrometheusSeries(kind: kind, buckets: buckets)
        series[key] = made
        return made
    }

    mutating func remove(_ gone: PrometheusSeries) {
        series = series.filter { $0.value !== gone }
    }
}
