/// An exported metric: its name, its help text and, for histograms, its buckets.
///
/// No label identifies a tenant, a mailbox or an address.
package struct MetricDefinition: Sendable {
    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    package let name: String
    package let kind: Kind
    package let help: String
    /// Upper bounds in ascending order, without infinity. Only for histograms.
    var buckets: [Double] = MetricDefinition.durationBuckets

    /// Seconds, from 1 ms to 30 s.
    static let durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
}

/// All metrics of the service.
package enum MetricNames {
    static let requestDuration = MetricDefinition(
        name: "hearth_http_request_duration_seconds", kind: .histogram,
        help: "Time from the head of a request to the end of its answer, by route pattern, method and status class.")
    package static let poolWait = MetricDefinition(
        name: "hearth_database_pool_wait_seconds", kind: .histogram,
        help: "Time that a statement or transaction waited for a database connection, by pool.")
    static let webhookAttempts = MetricDefinition(
        name: "hearth_webhook_attempts_total", kind: .counter,
        help: "Attempts to deliver a webhook, by outcome.")
    static let webhookDuration = MetricDefinition(
        name: "hearth_webhook_attempt_duration_seconds", kind: .histogram,
        help: "Duration of attempts to deliver a webhook, by outcome.")
    package static let webhookPostponed = MetricDefinition(
        name: "hearth_webhook_postponed_total", kind: .counter,
        help: "Deliveries postponed for lack of capacity or because of a shutdown. Not counted as attempts.")
    package static let consents = MetricDefinition(
        name: "hearth_consents_total", kind: .counter,
        help: "Owners who returned from Microsoft, by outcome.")
    static let tokenRefreshes = MetricDefinition(
        name: "hearth_token_refreshes_total", kind: .counter,
        help: "Refreshes of Microsoft tokens, by class of result.")
    package static let campaigns = MetricDefinition(
        name: "hearth_campaigns", kind: .gauge,
        help: "Campaigns, by status.")
    package static let applicationsRefused = MetricDefinition(
        name: "hearth_microsoft_applications_refused", kind: .gauge,
        help: "Entra applications that Microsoft currently refuses, as seen by this process. Alert at 1.")
    package static let mailboxes = MetricDefinition(
        name: "hearth_mailboxes", kind: .gauge,
        help: "Connected mailboxes, by state: ok or the code of the problem.")
    package static let grantsNearEnd = MetricDefinition(
        name: "hearth_grants_near_idle_end", kind: .gauge,
        help: "Live grants that have not been refreshed for 80 days; Microsoft forgets them after 90.")
    package static let oldestUndelivered = MetricDefinition(
        name: "hearth_webhook_oldest_undelivered_seconds", kind: .gauge,
        help: "Age of the oldest event that an enabled endpoint has not yet accepted; replays do not count.")
    package static let webhookEndpoints = MetricDefinition(
        name: "hearth_webhook_endpoints", kind: .gauge,
        help: "Webhook endpoints, by state: working, failing (ten failures in a row) or disabled.")
    package static let backlog = MetricDefinition(
        name: "hearth_webhook_backlog", kind: .gauge,
        help: "Deliveries to enabled endpoints that are neither accepted nor exhausted.")

    package static let encryptionKeys = MetricDefinition(
        name: "hearth_encryption_keys", kind: .gauge,
        help: "Keys in the ring of this process. At 1 there is no spare.")
    package static let secretLeft = MetricDefinition(
        name: "hearth_microsoft_secret_seconds_left", kind: .gauge,
        help: "Seconds until the operator application's secret expires, and the first of the tenants' own, if known."
    )
    package static let warnings = MetricDefinition(
        name: "hearth_warnings", kind: .gauge,
        help: "Early warnings, by code, over all tenants: things that will stop working unless somebody acts.")
    static let mailAttempts = MetricDefinition(
        name: "hearth_invitation_mail_attempts_total", kind: .counter,
        help: "Attempts to send an invitation to the mail server, by outcome: sent, postponed or failed permanently.")
    static let notifications = MetricDefinition(
        name: "hearth_graph_notifications_total", kind: .counter,
        help:
            "Items of Microsoft's notifications, by outcome: stored, or dropped because no subscription here has their secret."
    )
    package static let waitingMail = MetricDefinition(
        name: "hearth_invitation_mail_waiting", kind: .gauge,
        help: "Invitations waiting to be sent by e-mail.")
    package static let oldestWaitingMail = MetricDefinition(
        name: "hearth_invitation_mail_oldest_waiting_seconds", kind: .gauge,
        help: "How long the oldest of them has been waiting.")
    package static let quarantined = MetricDefinition(
        name: "hearth_quarantined", kind: .gauge,
        help: "1 while a restored database is in quarantine, so that nothing is sent from it.")

    static let workerClaimed = MetricDefinition(
        name: "hearth_worker_claimed_total", kind: .counter,
        help: "Rows that this process has claimed, by worker.")
    static let workerSettled = MetricDefinition(
        name: "hearth_worker_settled_total", kind: .counter,
        help: "Claims that were settled, with any result, by worker.")
    static let workerFailed = MetricDefinition(
        name: "hearth_worker_failed_total", kind: .counter,
        help: "Claims that could not be acted on or settled, by worker; they are retried when their lease ends.")
    static let workerLooksFailed = MetricDefinition(
        name: "hearth_worker_looks_failed_total", kind: .counter,
        help: "Failed polls for due work, by worker: the database did not answer.")
    static let workerInFlight = MetricDefinition(
        name: "hearth_worker_in_flight", kind: .gauge,
        help: "Claims that this process holds now, by worker.")
    static let workerDuration = MetricDefinition(
        name: "hearth_worker_duration_seconds", kind: .histogram,
        help: "Time from a claim to its settlement, by worker.")

    static let periodicSuccess = MetricDefinition(
        name: "hearth_periodic_last_success_timestamp_seconds", kind: .gauge,
        help: "When a periodic task last succeeded in any process, by task; seconds since 1970.")
    static let periodicFailures = MetricDefinition(
        name: "hearth_periodic_failures", kind: .gauge,
        help: "Consecutive failed runs of a periodic task, by task. Alert at 3.")

    package static let all = [
        requestDuration, poolWait, webhookAttempts, webhookDuration, webhookPostponed, consents, tokenRefreshes,
        campaigns, applicationsRefused, mailboxes, grantsNearEnd,
        webhookEndpoints, oldestUndelivered, backlog, quarantined, encryptionKeys, secretLeft, warnings,
        mailAttempts, notifications, waitingMail, oldestWaitingMail, workerClaimed, workerSettled, workerFailed,
        workerLooksFailed,
        workerInFlight, workerDuration, periodicSuccess, periodicFailures,
    ]
}
