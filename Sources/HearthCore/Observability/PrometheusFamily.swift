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
