package import HTTPTypes
import Synchronization

/// The duration of requests, by route pattern, method and status class.
///
/// Unknown methods are counted as `other`, because a client can invent any number of them.
package final class RequestMeters: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let statusClass: Int
    }

    private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]

    private let prometheus: Prometheus
    private let series = Mutex<[Key: PrometheusSeries]>([:])

    init(_ prometheus: Prometheus) {
        self.prometheus = prometheus
    }

    package func record(method: HTTPRequest.Method, route: String, status: HTTPResponse.Status, duration: Duration) {
        let key = Key(
            method: Self.methods.contains(method) ? method.rawValue : "other", route: route,
            statusClass: status.code / 100)
        let series = series.withLock { all in
            if let known = all[key] { return known }
            let made = prometheus.series(
                MetricNames.requestDuration,
                [("method", key.method), ("route", key.route), ("status", "\(key.statusClass)xx")])
            all[key] = made
            return made
        }
        series.observe(duration.inSeconds)
    }
}

extension Duration {
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
