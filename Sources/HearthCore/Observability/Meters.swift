import Foundation

/// The metrics of the features. Each metric is a method whose arguments are its labels.
package struct Meters: Sendable {
    package let prometheus: Prometheus
    /// The metrics of requests, for ``AccessLog``.
    package let requests: RequestMeters

    package init(_ prometheus: Prometheus = Prometheus()) {
        self.prometheus = prometheus
        requests = RequestMeters(prometheus)
    }

    /// Records an attempt to deliver a webhook: `accepted`, `refused`, `unreachable` or `gone`.
    package func webhookAttempt(outcome: String, duration: Duration) {
        prometheus.series(MetricNames.webhookAttempts, [("outcome", outcome)]).add(1)
        prometheus.series(MetricNames.webhookDuration, [("outcome", outcome)]).observe(duration.inSeconds)
    }

    /// Returns the metrics of one worker.
    func worker(_ name: String) -> WorkerMeters { WorkerMeters(prometheus, name) }

    /// Counts a delivery that this process postponed because it had no capacity or was shutting down. It does not count as an
    /// attempt.
    package func webhookPostponed() {
        prometheus.series(MetricNames.webhookPostponed).add(1)
    }

    /// Counts an owner who returned from Microsoft: `completed`, `declined`, `mismatched`, …
    package func consent(outcome: String) {
        prometheus.series(MetricNames.consents, [("outcome", outcome)]).add(1)
    }

    /// Counts a token refresh: `refreshed`, `revoked`, `transient`, …
    package func tokenRefresh(class resultClass: String) {
        prometheus.series(MetricNames.tokenRefreshes, [("class", resultClass)]).add(1)
    }

    /// Returns a closure that records the wait for a connection of a pool, `api` or `work`. The series is looked up only once,
    /// because every statement records its wait.
    package func poolWait(pool: String) -> @Sendable (Duration) -> Void {
        let series = prometheus.series(MetricNames.poolWait, [("pool", pool)])
        return { series.observe($0.inSeconds) }
    }

    /// Sets the number of Entra applications that Microsoft currently refuses.
    package func applicationsRefused(_ count: Int) {
        prometheus.series(MetricNames.applicationsRefused).replace(Double(count))
    }

    /// Sets the number of keys in this process's ring.
    package func encryptionKeys(_ count: Int) {
        prometheus.series(MetricNames.encryptionKeys).replace(Double(count))
    }

    /// Sets the time until the secret of the operator's Entra application expires; negative once it has expired.
    package func operatorSecretLeft(_ time: Duration) {
        prometheus.series(MetricNames.secretLeft, [("application", "operator")]).replace(time.inSeconds)
    }

    /// Sets the number of early warnings of one kind.
    package func warnings(_ count: Int, code: String) {
        prometheus.series(MetricNames.warnings, [("code", code)]).replace(Double(count))
    }

    /// Counts an attempt to send an invitation to the mail server: `sent`, `postponed` or `failed` permanently.
    package func mailAttempt(outcome: String) {
        prometheus.series(MetricNames.mailAttempts, [("outcome", outcome)]).add(1)
    }

    /// Counts items of Microsoft's notifications: stored, and dropped because their secret is wrong or nobody watches.
    package func notifications(stored: Int, dropped: Int) {
        for (outcome, count) in [("stored", stored), ("dropped", dropped)] where count > 0 {
            prometheus.series(MetricNames.notifications, [("outcome", outcome)]).add(Double(count))
        }
    }

    /// Sets whether the database is in quarantine.
    package func quarantined(_ isHeld: Bool) {
        prometheus.series(MetricNames.quarantined).replace(isHeld ? 1 : 0)
    }

    /// Sets a gauge that one process counted for the cluster. Names that this release does not know are ignored.
    package func show(_ gauge: ClusterGauge) {
        guard let metric = MetricNames.all.first(where: { $0.name == gauge.name && $0.kind == .gauge }) else { return }
        prometheus.series(metric, gauge.label.isEmpty ? [] : [(gauge.label, gauge.labelValue)]).replace(gauge.value)
    }

    /// Sets when a periodic task last succeeded, in any process.
    func periodicSuccess(at time: Date, task: String) {
        prometheus.series(MetricNames.periodicSuccess, [("task", task)]).replace(time.timeIntervalSince1970)
    }

    /// Sets the number of consecutive failed runs of a periodic task, in any process.
    func periodicFailures(_ count: Int, task: String) {
        prometheus.series(MetricNames.periodicFailures, [("task", task)]).replace(Double(count))
    }
}

/// The metrics of one worker of this process.
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
