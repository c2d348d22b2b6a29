import HTTPTypes
package import HearthWeb
package import Hummingbird
import NIOCore
import StrictJSON

/// The routes for load balancers and the operator: liveness, readiness and metrics.
package struct Health: Sendable {
    package let readiness: Readiness
    package let prometheus: Prometheus
    /// Updates gauges that are read from the database, before the metrics are rendered.
    var beforeMetrics: @Sendable () async -> Void = {}

    package init(
        readiness: Readiness, prometheus: Prometheus, beforeMetrics: @escaping @Sendable () async -> Void = {}
    ) {
        self.readiness = readiness
        self.prometheus = prometheus
        self.beforeMetrics = beforeMetrics
    }

    /// Adds the routes of the public port: `/healthz`, and `/readyz` without reasons.
    package func addPublicRoutes(to router: Router<AppContext>) {
        router.get("healthz") { _, _ in Self.alive }
        router.get("readyz") { _, _ in
            Self.response(await readiness.report(), showsReasons: false)
        }
    }

    /// Returns the routes of the operations port, which is not reachable from outside: `/healthz`, `/readyz` with reasons, and
    /// `/metrics`.
    package func makeOperationsRouter() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.get("healthz") { _, _ in Self.alive }
        router.get("readyz") { _, _ in
            Self.response(await readiness.report(), showsReasons: true)
        }
        router.get("metrics") { _, _ in
            await beforeMetrics()
            return Response(
                status: .ok, headers: [.contentType: PrometheusText.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: prometheus.render())))
        }
        return router
    }

    private static var alive: Response {
        var writer = JSONWriter()
        writer.object { $0.member("status", "ok") }
        return json(writer, status: .ok)
    }

    private static func response(_ report: ReadinessReport, showsReasons: Bool) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("status", report.isReady ? (report.isLimited ? "quarantined" : "ready") : "not_ready")
            guard showsReasons else { return }
            writer.object("checks") { writer in
                for entry in report.entries {
                    switch entry.result {
                    case .ready: writer.member(entry.name, "ok")
                    case .limited(let reason), .notReady(let reason): writer.member(entry.name, reason)
                    }
                }
            }
        }
        return json(writer, status: report.isReady ? .ok : .serviceUnavailable)
    }

    private static func json(_ writer: JSONWriter, status: HTTPResponse.Status) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }
}
