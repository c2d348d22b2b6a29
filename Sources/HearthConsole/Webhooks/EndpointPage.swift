import Foundation
import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import HearthWebhooks
import Hummingbird
import Postgres

/// `/console/webhooks/{id}`: one endpoint with its state and its replays.
struct EndpointPage: Sendable {
    let dependencies: Dependencies
    let store: EndpointStore

    static let spans: [(seconds: Int, words: String)] = [
        (3_600, "the last hour"), (86_400, "the last day"), (604_800, "the last 7 days"),
        (7_776_000, "the last 90 days"),
    ]

    func show(_ visit: ConsoleVisit) async throws -> Response { try await show(visit, tested: nil) }

    /// - Parameter tested: the result of a test that was just sent.
    func show(_ visit: ConsoleVisit, tested: WebhookAttempt?) async throws -> Response {
        let endpoint = try await find(visit)
        let now = dependencies.now()
        let jobs = try await JobStore(database: dependencies.database)
            .list([.eventReplay], of: visit.tenantID, limit: 20)
            .filter { (try? ReplayEvents.Parameters($0.parameters).endpoint) == endpoint.id }
        var content: [String: Any] = [
            "id": endpoint.id, "url": endpoint.url, "live": "/console/webhooks/\(endpoint.id)",
            "state": endpoint.badge(at: now).content, "facts": Self.facts(endpoint, at: now),
            "isEnabled": endpoint.status == .enabled, "types": endpoint.events,
            "spans": Self.spans.map { ["seconds": $0.seconds, "words": $0.words] as [String: Any] },
            "jobs": jobs.prefix(5).map(Self.job), "hasJobs": !jobs.isEmpty,
        ]
        content["condition"] = endpoint.condition(at: now)
        content["done"] = tested == nil ? visit.doneWords : nil
        if let tested {
            content[tested.outcome == .accepted ? "done" : "problem"] =
                tested.outcome == .accepted
                ? "The test was accepted." : "The test was not accepted: \(tested.error ?? "unknown reason")."
        }
        return try visit.show(.webhook, title: endpoint.url, content)
    }

    func find(_ visit: ConsoleVisit) async throws -> WebhookEndpoint {
        guard let id = visit.id, let endpoint = try await store.find(id, of: visit.tenantID) else {
            throw APIError.webhookEndpointNotFound
        }
        return endpoint
    }

    /// The only page that shows a secret.
    static func show(
        _ secret: WebhookSecret, of id: Int64, url: String, _ visit: ConsoleVisit
    ) throws -> Response {
        try visit.show(.webhookSecret, title: "The secret", ["id": id, "url": url, "secret": secret.text])
    }

    private static func facts(_ endpoint: WebhookEndpoint, at now: Date) -> [[String: Any]] {
        let formerUntil = endpoint.formerSecretUntil.flatMap { $0 > now ? $0 : nil }
        return [
            ("Description", endpoint.description ?? ""), ("Only events of", endpoint.ownerEmail ?? ""),
            ("Not yet delivered", String(endpoint.backlog)),
            ("The former secret signs until", formerUntil.map(ConsoleTime.text) ?? ""),
            ("Created", ConsoleTime.text(endpoint.createdAt)), ("Endpoint id", String(endpoint.id)),
        ].filter { !$0.1.isEmpty }.map { ["name": $0.0, "value": $0.1] }
    }

    private static func job(_ job: Job) -> [String: Any] {
        let since = (try? ReplayEvents.Parameters(job.parameters).since).map(ConsoleTime.text) ?? "the beginning"
        return ["since": since, "progress": job.progress, "jobState": job.badge.content]
    }
}
