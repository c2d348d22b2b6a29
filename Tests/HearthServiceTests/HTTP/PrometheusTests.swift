import CoreMetrics
import HTTPTypes
import TestSupport
import Testing

@testable import HearthCore

@Suite("Metrics")
struct PrometheusTests {
    private let prometheus = Prometheus(
        definitions: [
            MetricDefinition(
                name: "wait_seconds", kind: .histogram, help: "Waiting.\nA \\ and a \".", buckets: [0.1, 1]),
            MetricDefinition(name: "done_total", kind: .counter, help: "Done."),
        ], seriesLimit: 3)

    @Test("counters, gauges and histograms are rendered in the text format")
    func rendered() {
        Counter(label: "done_total", dimensions: [("outcome", "ok"), ("a", "b")], factory: prometheus).increment(by: 2)
        Counter(label: "done_total", dimensions: [("a", "b"), ("outcome", "ok")], factory: prometheus).increment()
        Meter(label: "depth", factory: prometheus).set(1.5)
        let timer = Timer(label: "wait_seconds", dimensions: [("pool", "api")], factory: prometheus)
        timer.recordMilliseconds(100)
        timer.recordMilliseconds(500)
        timer.recordSeconds(2)
        #expect(
            prometheus.render() == """
                # TYPE depth gauge
                depth 1.5
                # HELP done_total Done.
                # TYPE done_total counter
                done_total{a="b",outcome="ok"} 3
                # HELP wait_seconds Waiting.\\nA \\\\ and a ".
                # TYPE wait_seconds histogram
                wait_seconds_bucket{pool="api",le="0.1"} 1
                wait_seconds_bucket{pool="api",le="1"} 2
                wait_seconds_bucket{pool="api",le="+Inf"} 3
                wait_seconds_sum{pool="api"} 2.6
                wait_seconds_count{pool="api"} 3

                """)
    }

    @Test("label values that a peer chose cannot break the format")
    func fuzzedLabels() throws {
        var random = SeededRandom(seed: 6)
        let pieces = [
            "\"", "\\", "\n", "{", "}", ",", "=", "a", "\\n", "\\\"", "ü", " ", "\r", "\u{2028}", "#", "\u{0}",
        ]
        for _ in 0..<5_000 {
            let value = (0..<Int.random(in: 0...12, using: &random)).compactMap { _ in
                pieces.randomElement(using: &random)
            }.joined()
            let name = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
                pieces.randomElement(using: &random)
            }.joined()
            let labels = PrometheusText.labels([(name, value), ("z", "end")])
            #expect(!labels.utf8.contains(UInt8(ascii: "\n")))
            // Parse it by the rules of the format.
            let (readName, readValue) = try #require(Self.readFirstLabel(labels))
            #expect(readValue.utf8.elementsEqual(value.utf8))
            #expect(
                readName.utf8.allSatisfy {
                    $0 == UInt8(ascii: "_") || ("a"..."z").contains(Character(Unicode.Scalar($0)))
                })
        }
    }

    @Test("names with what is not allowed in them are repaired")
    func names() {
        Counter(label: "my.counter-1", factory: prometheus).increment()
        Counter(label: "9", factory: prometheus).increment()
        let text = prometheus.render()
        #expect(text.contains("\nmy_counter_1 1\n"))
        #expect(text.contains("\n_9 1\n"))
    }

    @Test("beyond the limit all new labels share one series")
    func bounded() {
        for index in 0..<1_000 {
            Counter(label: "done_total", dimensions: [("id", "\(index)")], factory: prometheus).increment()
        }
        let text = prometheus.render()
        #expect(text.contains("done_total{overflow=\"true\"} 997\n"))
        #expect(text.split(separator: "\n").count == 2 + 4)
    }

    @Test("one name used for two kinds counts for the first only")
    func conflicts() {
        Counter(label: "x", factory: prometheus).increment()
        Meter(label: "x", factory: prometheus).set(9)
        Meter(label: "done_total", factory: prometheus).set(9)
        #expect(prometheus.render() == "# TYPE x counter\nx 1\n")
    }

    @Test("counters do not fall, odd numbers do no harm, recorders without aggregation are gauges")
    func numbers() {
        let counter = FloatingPointCounter(label: "c", factory: prometheus)
        counter.increment(by: 1.5)
        prometheus.series(MetricDefinition(name: "c", kind: .counter, help: "")).add(-5)
        Recorder(label: "r", aggregate: false, factory: prometheus).record(3)
        Recorder(label: "h", aggregate: true, factory: prometheus).record(Double.nan)
        Meter(label: "m", factory: prometheus).set(Double.infinity)
        let text = prometheus.render()
        #expect(text.contains("c 1.5\n"))
        #expect(text.contains("# TYPE r gauge\nr 3\n"))
        #expect(text.contains("h_count 0\n"))
        #expect(text.contains("m +Inf\n"))
    }

    @Test("a destroyed metric is no longer rendered")
    func destroyed() {
        let counter = Counter(label: "gone", dimensions: [("a", "b")], factory: prometheus)
        counter.increment()
        counter.destroy()
        #expect(!prometheus.render().contains("gone{"))
    }

    @Test("nothing is lost when many tasks count at once")
    func concurrent() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 {
                        Counter(label: "done_total", factory: prometheus).increment()
                        Timer(label: "wait_seconds", factory: prometheus).recordNanoseconds(1)
                    }
                }
            }
        }
        let text = prometheus.render()
        #expect(text.contains("done_total 80000\n"))
        #expect(text.contains("wait_seconds_count 80000\n"))
    }

    @Test("every metric of the service has one name, a help text and the kind its name promises")
    func definitions() {
        #expect(Set(MetricNames.all.map(\.name)).count == MetricNames.all.count)
        for metric in MetricNames.all {
            #expect(metric.name.hasPrefix("hearth_"))
            #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
            #expect(!metric.help.isEmpty)
            #expect(metric.buckets == metric.buckets.sorted())
        }
    }

    @Test("the features' meters appear under their names")
    func meters() throws {
        let meters = Meters()
        meters.webhookAttempt(outcome: "accepted", duration: .milliseconds(3))
        meters.consent(outcome: "declined")
        meters.tokenRefresh(class: "revoked")
        meters.poolWait(pool: "api")(.milliseconds(2))
        meters.show(ClusterGauge(MetricNames.campaigns, ("status", "active"), count: 4))
        meters.show(ClusterGauge(MetricNames.backlog, count: 12))
        meters.show(ClusterGauge(MetricNames.oldestUndelivered, value: 90))
        meters.show(ClusterGauge(name: "hearth_of_another_release", label: "", labelValue: "", value: 1))
        meters.requests.record(method: try #require(.init("BREW")), route: "/x", status: .ok, duration: .seconds(1))
        let text = meters.prometheus.render()
        for line in [
            #"hearth_webhook_attempts_total{outcome="accepted"} 1"#, #"hearth_consents_total{outcome="declined"} 1"#,
            #"hearth_token_refreshes_total{class="revoked"} 1"#,
            #"hearth_database_pool_wait_seconds_count{pool="api"} 1"#,
            #"hearth_campaigns{status="active"} 4"#, "hearth_webhook_backlog 12",
            "hearth_webhook_oldest_undelivered_seconds 90",
            #"hearth_http_request_duration_seconds_bucket{method="other",route="/x",status="2xx",le="1"} 1"#,
        ] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
    }

    /// Returns the first label of `{name="value",…}`, with its value unescaped.
    private static func readFirstLabel(_ labels: String) -> (String, String)? {
        var rest = Substring(labels).unicodeScalars
        guard rest.popFirst() == "{", let equals = rest.firstIndex(of: "=") else { return nil }
        let name = String(rest[..<equals])
        rest = rest[rest.index(after: equals)...]
        guard rest.popFirst() == "\"" else { return nil }
        var value = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return (name, String(value))
            case "\\":
                switch rest.popFirst() {
                case "n": value.append("\n")
                case let escaped?: value.append(escaped)
                case nil: return nil
                }
            default: value.append(scalar)
            }
        }
        return nil
    }
}
