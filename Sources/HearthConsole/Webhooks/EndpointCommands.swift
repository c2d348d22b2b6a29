import Foundation
import HearthCore
import HearthRules
import HearthWeb
import HearthWebhooks
import Hummingbird
import Postgres
import StrictJSON

/// The buttons of an endpoint.
struct EndpointCommands: Sendable {
    let page: EndpointPage
    let tests: EndpointTester

    private var dependencies: Dependencies { page.dependencies }

    func enable(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        try await set(.enabled, visit, saying: .endpointEnabled)
    }

    func disable(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        try await set(.disabled, visit, saying: .endpointDisabled)
    }

    func test(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        let endpoint = try await page.find(visit)
        let sent = try await tests.send(to: endpoint.id, of: visit.tenantID)
        _ = try await dependencies.database.write(
            visit.caller.entry(
                "console.test-endpoint", "endpoint:\(endpoint.id)", outcome: sent.attempt.outcome.rawValue,
                dependencies.recorder, at: dependencies.now()
            ).statement)
        return try await page.show(visit, tested: sent.attempt)
    }

    /// Both secrets sign for a day.
    func rotate(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        let endpoint = try await page.find(visit)
        let now = dependencies.now()
        let secret = WebhookSecret(randomBytes: dependencies.randomBytes)
        let formerUntil = now.addingTimeInterval(TimeInterval(EndpointRoutes.standardOverlap))
        let entry = try visit.caller.entry(
            "console.rotate-endpoint", "endpoint:\(endpoint.id)", outcome: nil, dependencies.recorder, at: now)
        let rotated = try await dependencies.database.transaction { [store = page.store] transaction in
            let rotated = try store.rotate(
                endpoint.id, of: visit.tenantID, to: secret, formerUntil: formerUntil, at: now, in: &transaction)
            if rotated != nil { transaction.audit(entry) }
            return rotated
        }
        guard rotated != nil else { throw APIError.webhookEndpointNotFound }
        return try EndpointPage.show(secret, of: endpoint.id, url: endpoint.url, visit)
    }

    func delete(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        let id = try await page.find(visit).id
        let now = dependencies.now()
        let entry = try visit.caller.entry(
            "console.delete-endpoint", "endpoint:\(id)", outcome: nil, dependencies.recorder, at: now)
        try await dependencies.database.transaction { transaction in
            guard try EndpointStore.delete(id, of: visit.tenantID, at: now, in: &transaction) else { return }
            transaction.audit(entry)
        }
        return visit.go(to: "/console/webhooks", saying: .endpointDeleted)
    }

    func replay(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        let endpoint = try await page.find(visit).id
        var fields = Fields(body)
        let longest = EndpointPage.spans.map(\.seconds).max() ?? 0
        let span = fields.integer("since", required: true, in: 1...longest)
        try fields.validated()
        let now = dependencies.now()
        let id = try await dependencies.ids.next()
        let entry = try visit.caller.entry(
            "console.replay", "endpoint:\(endpoint)", outcome: nil, dependencies.recorder, at: now)
        try await dependencies.database.transaction { transaction in
            _ = try ReplayStore.start(
                since: now.addingTimeInterval(-TimeInterval(span ?? 0)), to: endpoint, id: id, by: visit.caller,
                at: now, in: &transaction)
            transaction.audit(entry)
        }
        dependencies.work.jobCommitted()
        return visit.go(to: "/console/webhooks/\(endpoint)", saying: .replayStarted)
    }

    private func set(
        _ status: WebhookEndpoint.Status, _ visit: ConsoleVisit, saying notice: Notice
    ) async throws -> Response {
        let id = try await page.find(visit).id
        let now = dependencies.now()
        let entry = try visit.caller.entry(
            "console.\(status.rawValue)-endpoint", "endpoint:\(id)", outcome: nil, dependencies.recorder, at: now)
        let changed = try await dependencies.database.transaction { transaction in
            let changed = try EndpointStore.change(
                id, of: visit.tenantID, to: EndpointChange(status: status), at: now, in: &transaction)
            if changed != nil { transaction.audit(entry) }
            return changed
        }
        guard changed != nil else { throw APIError.webhookEndpointNotFound }
        if status == .enabled { dependencies.work.eventCommitted() }
        return visit.go(to: "/console/webhooks/\(id)", saying: notice)
    }
}
