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

    /// The campaigns there are in one status.
    package func campaigns(_ count: Int, status: String) {
        prometheus.series(MetricNames.campaigns, [("status", status)]).replace(Double(count))
    }

    /// Entra applications that Microsoft refuses now.
    package func applicationsRefused(_ count: Int) {
        prometheus.series(MetricNames.applicationsRefused).replace(Double(count))
    }

    /// The connected mailboxes in one state.
    package func mailboxes(_ count: Int, state: String) {
        prometheus.series(MetricNames.mailboxes, [("state", state)]).replace(Double(count))
    }

    /// Grants that near the end of what Microsoft keeps unused.
    package func grantsNearEnd(_ count: Int) {
        prometheus.series(MetricNames.grantsNearEnd).replace(Double(count))
    }

    /// Keys in the ring of this process.
    package func encryptionKeys(_ count: Int) {
        prometheus.series(MetricNames.encryptionKeys).replace(Double(count))
    }

    /// Until a secret of an Entra application ends; negative afterwards. `owner` is `operator` or `tenants`.
    package func secretLeft(_ time: Duration, of owner: String) {
        prometheus.series(MetricNames.secretLeft, [("application", owner)]).replace(time.inSeconds)
    }

    /// The early warnings of one kind, over all tenants.
    package func warnings(_ count: Int, code: String) {
        prometheus.series(MetricNames.warnings, [("code", code)]).replace(Double(count))
    }

    /// Invitations that are queued to go out by e-mail. The age is 0 when there is none.
    package func waitingMail(_ count: Int, oldestAge: Duration) {
        prometheus.series(MetricNames.waitingMail).replace(Double(count))
        prometheus.series(MetricNames.oldestWaitingMail).replace(oldestAge.inSeconds)
    }

    /// An attempt to hand an invitation to the mail server: `sent`, `postponed`, or `failed` for good.
    package func mailAttempt(outcome: String) {
        prometheus.series(MetricNames.mailAttempts, [("outcome", outcome)]).add(1)
    }

    /// Whether a restored database is not released yet.
    package func quarantined(_ isHeld: Bool) {
        prometheus.series(MetricNames.quarantined).replace(isHeld ? 1 : 0)
    }

    /// The webhook endpoints in one state.
    package func webhookEndpoints(_ count: Int, state: String) {
        prometheus.series(MetricNames.webhookEndpoints, [("state", state)]).replace(Double(count))
    }

    /// What is due and not delivered. The age is 0 when nothing is.
    package func undelivered(backlog: Int, oldestAge: Duration) {
        prometheus.series(MetricNames.backlog).replace(Double(backlog))
        prometheus.series(MetricNames.oldestUndelivered).replace(oldestAge.inSeconds)
    }
}
