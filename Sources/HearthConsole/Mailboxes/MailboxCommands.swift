import Foundation
import HTTPTypes
import HearthCore
import HearthMailboxes
import HearthOnboarding
import HearthRules
import HearthWeb
import Hummingbird
import Postgres

/// The buttons of a mailbox. A refusal is shown on the mailbox's page.
struct MailboxCommands: Sendable {
    let connections: Connections
    let page: MailboxPage

    private var dependencies: Dependencies { connections.dependencies }

    func recheck(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        try await run(visit, body) { id in
            let mailbox = try await page.store.find(id, of: visit.tenantID)
            try await RecheckMailbox(connections).run(mailbox, of: visit.tenantID)
            _ = try await dependencies.database.write(
                entry("console.recheck-mailbox", id, visit.caller, at: dependencies.now()).statement)
            return visit.go(to: "/console/mailboxes/\(id)", saying: .mailboxRechecked)
        }
    }

    func disconnect(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        let caller = visit.caller
        return try await run(visit, body) { id in
            try await EndMailbox(connections).disconnect(id, by: caller) { _, now, transaction in
                transaction.audit(try entry("console.disconnect-mailbox", id, caller, at: now))
            }
            return visit.go(to: "/console/mailboxes/\(id)", saying: .mailboxDisconnected)
        }
    }

    func delete(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        let caller = visit.caller
        return try await run(visit, body) { id in
            // The console does not find a mailbox that is already deleted.
            _ = try await page.store.find(id, of: caller.tenantID)
            try await EndMailbox(connections).delete(id, by: caller) { deletion, transaction in
                transaction.audit(try entry("console.delete-mailbox", id, caller, at: deletion.deletedAt))
            }
            return visit.go(to: "/console/mailboxes", saying: .mailboxDeleted)
        }
    }

    /// Creates a link with which the owner consents again; it is shown once.
    func reconnect(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        let caller = visit.caller
        return try await run(visit, body) { id in
            try visit.identity.require(.msGraph)
            let reconnect = Reconnect(dependencies)
            let mailbox = try await page.store.find(id, of: caller.tenantID)
            let wanted = try ReconnectRequest(ConsoleForm.filledIn(body), tenant: visit.identity)
            let consent = try await reconnect.consent(for: .init(mailbox), wanted, identity: visit.identity)
            let entry = try entry("console.reconnect-mailbox", id, caller, at: dependencies.now())
            let hasEndpoint: Bool = try await dependencies.database.transaction { transaction in
                guard let stored = try transaction.query(consent.insertion).first else {
                    throw APIError.mailboxNotFound
                }
                transaction.audit(entry)
                return try stored["has_endpoint"]
            }
            return try ConnectPages.link(
                visit, consent, email: mailbox.address, hasEndpoint: hasEndpoint,
                back: ("/console/mailboxes/\(id)", mailbox.address))
        }
    }

    private func run(
        _ visit: ConsoleVisit, _ body: ParsedBody, _ command: (Int64) async throws -> Response
    ) async throws -> Response {
        guard let id = visit.id else { throw APIError.mailboxNotFound }
        do {
            return try await command(id)
        } catch let refusal as APIError where refusal.code != APIError.mailboxNotFound.code {
            return try await page.show(visit, refusal: refusal, entered: body)
        }
    }

    private func entry(_ action: String, _ id: Int64, _ caller: Caller, at now: Date) throws -> AuditInsertion {
        try caller.entry(action, "mailbox:\(id)", outcome: nil, dependencies.recorder, at: now)
    }
}
