import Foundation

/// The metrics of the features, each a method whose arguments are its labels.
package struct Meters: Sendable {
    package let prometheus: Prometheus
    /// Requests, for ``AccessLog``.
    package let requests: RequestMeters

    package init(_ prometheus: Prometheus = Prometheus()) {
        self.prometheus = prometheus
        requests = RequestMeters(prometheus)
    }

    /// An attempt to deliver a webhook: `accepted`, `refused`, `timeout`, `unreachable`, …
    package func webhookAttempt(outcome: String, duration: Duration) {
        prometheus.series(MetricNames.webhookAttempts, [("outcome", outcome)]).add(1)
        prometheus.series(MetricNames.webhookDuration, [("outcome", outcome)]).observe(duration.inSeconds)
    }

    /// Of one worker, by its name.
    func worker(_ name: String) -> WorkerMeters { WorkerMeters(prometheus, name) }

    /// A delivery for which this process had no room, or no time before its end. It counts against nobody.
    package func webhookPostponed() {
        prometheus.series(MetricNames.webhookPostponed).add(1)
    }

    /// An owner came back from Microsoft: `completed`, `declined`, `mismatched`, …
    package func consent(outcome: String) {
        prometheus.series(MetricNames.consents, [("outcome", outcome)]).add(1)
    }

    /// A refresh of a token: `refreshed`, `revoked`, `transient`, …
    package func tokenRefresh(class resultClass: String) {
        prometheus.series(MetricNames.tokenRefreshes, [("class", resultClass)]).add(1)
    }

    /// Waiting for a connection of a pool, `api` or `work`. Every statement waits, so the series is looked up once.
    package func poolWait(pool: String) -> @Sendable (Duration) -> Void {
        let series = prometheus.series(MetricNames.poolWait, [("pool", pool)])
        return { series.observe($0.inSeconds) }
    }

    /// Entra applications that Microsoft refuses now.
    package func applicationsRefused(_ count: Int) {
        prometheus.series(MetricNames.applicationsRefused).replace(Double(count))
    }

    /// Keys in the ring of this process.
    package func encryptionKeys(_ count: Int) {
        prometheus.series(MetricNames.encryptionKeys).replace(Double(count))
    }

    /// Until the secret of the operator's Entra application ends; negative afterwards.
    package func operatorSecretLeft(_ time: Duration) {
        prometheus.series(MetricNames.secretLeft, [("application", "operator")]).replace(time.inSeconds)
    }

    /// The early warnings of one kind.
    package func warnings(_ count: Int, code: String) {
        prometheus.series(MetricNames.warnings, [("code", code)]).replace(Double(count))
    }

    /// An attempt to hand an invitation to the mail server: `sent`, `postponed`, or `failed` for good.
    package func mailAttempt(outcome: String) {
        prometheus.series(MetricNames.mailAttempts, [("outcome", outcome)]).add(1)
    }

    /// Whether a restored database is not released yet.
    package func quarantined(_ isHeld: Bool) {
        prometheus.series(MetricNames.quarantined).replace(isHeld ? 1 : 0)
    }

    /// What one process has counted for all. A name of another release is not shown.
    package func show(_ gauge: ClusterGauge) {
        guard let metric = MetricNames.all.first(where: { $0.name == gauge.name && $0.kind == .gauge }) else { return }
        prometheus.series(metric, gauge.label.isEmpty ? [] : [(gauge.label, gauge.labelValue)]).replace(gauge.value)
    }

    /// When a periodic task last succeeded, in any process.
    func periodicSuccess(at time: Date, task: String) {
        prometheus.series(MetricNames.periodicSuccess, [("task", task)]).replace(time.timeIntervalSince1970)
    }

    /// Runs of a periodic task that failed in a row, in any process.
    func periodicFailures(_ count: Int, task: String) {
        prometheus.series(MetricNames.periodicFailures, [("task", task)]).replace(Double(count))
    }
}

/// What one worker of this process does.
struct WorkerMeters: Sendable {
    let claimed: PrometheusSeries
    let settled: PrometheusSeries
    let failed: PrometheusSeries
    let looksFailed: PrometheusSeries
    let inFlight: PrometheusSeries
    let duration: PrometheusSeries

    fileprivate init(_ prometheus: Prometheus, _ name: String) {
        let labels = [("worker", name)]
        claimed = prometheus.series(MetricNames.workerClaimed, labels)
        settled = prometheus.series(MetricNames.workerSettled, labels)
        failed = prometheus.series(MetricNames.workerFailed, labels)
        looksFailed = prometheus.series(MetricNames.workerLooksFailed, labels)
        inFlight = prometheus.series(MetricNames.workerInFlight, labels)
        duration = prometheus.series(MetricNames.workerDuration, labels)
    }
}
