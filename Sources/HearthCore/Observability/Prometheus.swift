import CoreMetrics
import Synchronization

/// The swift-metrics backend of the service: collects metrics in memory and renders them for `/metrics`.
///
/// Counters become counters, meters gauges, timers histograms in seconds; recorders become histograms if they aggregate, else
/// gauges. Metrics with a definition use its help text and buckets; metrics without one work too.
package final class Prometheus: MetricsFactory {
    /// The maximum number of label combinations of one metric. Route patterns times methods times classes stay far below it.
    static let defaultSeriesLimit = 1000

    private let definitions: [String: MetricDefinition]
    private let seriesLimit: Int
    private let families: Mutex<[String: PrometheusFamily]>

    package init(definitions: [MetricDefinition] = MetricNames.all, seriesLimit: Int = Prometheus.defaultSeriesLimit) {
        self.definitions = Dictionary(definitions.map { ($0.name, $0) }) { first, _ in first }
        self.seriesLimit = seriesLimit
        families = Mutex([:])
    }

    /// Returns all metrics in the text format.
    package func render() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for family in families.values.sorted(by: { $0.name < $1.name }) {
            PrometheusText.append(family, to: &text)
        }
        return text
    }

    /// Returns the series of a defined metric.
    func series(_ metric: MetricDefinition, _ labels: [(String, String)] = []) -> PrometheusSeries {
        series(metric.name, kind: metric.kind, labels: labels)
    }

    /// Returns the series; one that is not rendered if the name is already used for another kind of metric.
    private func series(
        _ label: String, kind: MetricDefinition.Kind, labels: [(String, String)]
    ) -> PrometheusSeries {
        let name = PrometheusText.sanitized(label, allowsColon: true)
        let definition = definitions[name]
        let buckets = definition?.buckets ?? MetricDefinition.durationBuckets
        return families.withLock { families in
            let family = PrometheusFamily(name: name, kind: kind, help: definition?.help ?? "", buckets: buckets)
            guard families[name, default: family].kind == kind, definition?.kind ?? kind == kind else {
                return PrometheusSeries(kind: kind, buckets: buckets)
            }
            return families[name, default: family].series(labels: labels, limit: seriesLimit)
        }
    }

    private func remove(_ handler: AnyObject) {
        guard let series = handler as? PrometheusSeries else { return }
        families.withLock { families in
            for name in Array(families.keys) { families[name]?.remove(series) }
        }
    }
}

extension Prometheus {
    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, kind: .counter, labels: dimensions)
    }

    func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        series(label, kind: .counter, labels: dimensions)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, kind: .gauge, labels: dimensions)
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        series(label, kind: aggregate ? .histogram : .gauge, labels: dimensions)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, kind: .histogram, labels: dimensions)
    }

    func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
