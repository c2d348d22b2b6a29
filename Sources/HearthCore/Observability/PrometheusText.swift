/// The text format of Prometheus, version 0.0.4 (Prometheus documentation: "Exposition formats").
enum PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Renders labels as `{a="b",c="d"}`, sorted by name so that their order does not create another series; empty for none.
    static func labels(_ labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { (sanitized($0.0, allowsColon: false), escapedLabel($0.1)) }.sorted { $0.0 < $1.0 }
        return "{" + pairs.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",") + "}"
    }

    /// Returns a name with all characters that are not allowed replaced by underscores.
    static func sanitized(_ name: String, allowsColon: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.append(scalar)
            case ":" where allowsColon: result.append(scalar)
            case "0"..."9":
                if result.isEmpty { result.append("_") }
                result.append(scalar)
            default: result.append("_")
            }
        }
        return result.isEmpty ? "_" : String(result)
    }

    /// Escapes backslash, quote and line feed of a label value.
    static func escapedLabel(_ value: String) -> String {
        escaped(value, quote: true)
    }

    /// Escapes backslash and line feed of a help text.
    static func escapedHelp(_ value: String) -> String {
        escaped(value, quote: false)
    }

    private static func escaped(_ value: String, quote: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: #"\\"#.unicodeScalars)
            case "\n": result.append(contentsOf: #"\n"#.unicodeScalars)
            case "\"" where quote: result.append(contentsOf: #"\""#.unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    static func number(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number > 0 ? "+Inf" : "-Inf" }
        if number == number.rounded(), number.magnitude < 1e15 { return String(Int64(number)) }
        return number.description
    }

    /// Appends one metric with its help, its type and all its series, sorted by labels.
    static func append(_ family: PrometheusFamily, to text: inout String) {
        if !family.help.isEmpty { text += "# HELP \(family.name) \(escapedHelp(family.help))\n" }
        text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
        for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
            let value = series.value
            if family.kind == .histogram {
                appendHistogram(family, labels: labels, value: value, to: &text)
            } else {
                text += "\(family.name)\(labels) \(number(value.number))\n"
            }
        }
    }

    /// Appends a histogram. Buckets are cumulative; the last counts all observations.
    private static func appendHistogram(
        _ family: PrometheusFamily, labels: String, value: PrometheusSeries.Value, to text: inout String
    ) {
        let open = labels.isEmpty ? "{" : labels.dropLast() + ","
        var count: UInt64 = 0
        for (bound, inBucket) in zip(family.buckets + [.infinity], value.counts) {
            count += inBucket
            text += "\(family.name)_bucket\(open)le=\"\(number(bound))\"} \(count)\n"
        }
        text += "\(family.name)_sum\(labels) \(number(value.number))\n"
        text += "\(family.name)_count\(labels) \(count)\n"
    }
}
