/// All series of one metric: the same name, different labels.
struct PrometheusFamily {
    let name: String
    let kind: MetricDefinition.Kind
    let help: String
    let buckets: [Double]
    /// By rendered labels, such as `{outcome="accepted"}`; the empty text for none.
    private(set) var series: [String: PrometheusSeries] = [:]

    /// The labels that take the place of new ones when there are too many.
    private static let overflow = #"{overflow="true"}"#

    init(name: String, kind: MetricDefinition.Kind, help: String, buckets: [Double]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.buckets = buckets
    }

    /// The series with these labels, made if need be. Beyond the limit all new labels share one series, so a mistake
    /// in a label costs precision and not memory.
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
