package import Foundation
import HTTPTypes
package import HearthCore
package import HearthRules
import HearthWeb
import Hummingbird
package import Postgres
package import StrictJSON

/// Disconnects or deletes a mailbox at its partner's request.
package struct EndMailbox: Sendable {
    let database: Database
    let work: WorkSignals
    let now: @Sendable () -> Date
    package let dependents: [any ConnectionDependent]

    /// Maximum seconds until the remaining data of a deleted mailbox is destroyed.
    package static let retention: TimeInterval = 30 * 86_400

    package init(_ connections: Connections) {
        database = connections.dependencies.database
        work = connections.dependencies.work
        now = connections.dependencies.now
        dependents = connections.dependents
    }

    package struct Deletion: Sendable {
        /// The mailbox after its disconnection.
        let mailbox: Mailbox
        package let deletedAt: Date
        let purgeAt: Date
    }

    /// Stops every use and destroys the tokens. A mailbox that is already disconnected does not change.
    ///
    /// - Parameter answer: receives the mailbox after the disconnection; its writes are part of the same commit.
    /// - Throws: 404 `MAILBOX_NOT_FOUND`.
    package func disconnect<Answer: Sendable>(
        _ id: Int64, by caller: Caller,
        answer: @escaping @Sendable (Mailbox, Date, inout Transaction) throws -> Answer
    ) async throws -> Answer {
        try await end(id, of: caller.tenantID) { lock, now, transaction in
            guard lock.deletedAt == nil else { throw APIError.mailboxNotFound }
            let (mailbox, isTold) = try lock.disconnect(by: caller, at: now, in: &transaction)
            return (try answer(mailbox, now, &transaction), isTold)
        }
    }

    /// Disconnects a mailbox and hides it. A mailbox that is already deleted keeps its deletion and purge times.
    ///
    /// - Throws: 404 `MAILBOX_NOT_FOUND`; 409 `MAILBOX_IN_USE`.
    package func delete<Answer: Sendable>(
        _ id: Int64, by caller: Caller, answer: @escaping @Sendable (Deletion, inout Transaction) throws -> Answer
    ) async throws -> Answer {
        try await end(id, of: caller.tenantID) { lock, now, transaction in
            guard lock.mailbox.uses.isEmpty else { throw APIError.mailboxInUse(by: lock.mailbox.uses) }
            let (mailbox, isTold) = try lock.disconnect(by: caller, at: now, in: &transaction)
            let deletedAt = lock.deletedAt ?? now
            let purgeAt = lock.purgeAt ?? now.addingTimeInterval(Self.retention)
            if lock.deletedAt == nil { lock.markDeleted(at: deletedAt, purgeAt: purgeAt, in: &transaction) }
            let deletion = Deletion(mailbox: mailbox, deletedAt: deletedAt, purgeAt: purgeAt)
            return (try answer(deletion, &transaction), isTold)
        }
    }

    private func end<Answer: Sendable>(
        _ id: Int64, of tenant: Int64,
        _ effect: @escaping @Sendable (MailboxLock, Date, inout Transaction) throws -> (Answer, Bool)
    ) async throws -> Answer {
        let now = now()
        let (answer, isTold) = try await database.transaction { [dependents] transaction in
            let lock = try MailboxLock.take(id, of: tenant, with: dependents, in: &transaction)
            return try effect(lock, now, &transaction)
        }
        if isTold { work.eventCommitted() }
        return answer
    }
}

/// Routes `POST /mailboxes/{id}/disconnect` and `DELETE /mailboxes/{id}`.
struct DisconnectRoutes {
    let end: EndMailbox

    init(_ connections: Connections) {
        end = EndMailbox(connections)
    }

    func disconnect(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try context.mailboxID()
        return try await write.once { call in
            try await end.disconnect(id, by: Caller(context)) { mailbox, now, transaction in
                let answer = Envelope.prepared(
                    code: "MAILBOX_DISCONNECTED", message: "Every use has stopped and the tokens are destroyed."
                ) { json in
                    mailbox.write(to: &json, at: now) {
                        ConsentWithdrawal(accountType: mailbox.accountType).write(to: &$0)
                    }
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }

    func delete(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try context.mailboxID()
        return try await write.once { call in
            try await end.delete(id, by: Caller(context)) { deletion, transaction in
                let answer = Envelope.prepared(
                    code: "MAILBOX_DELETED", message: "Mailbox deleted. Remaining data is destroyed by data.purged_by."
                ) { json in
                    json.object { json in
                        json.member("id", deletion.mailbox.id)
                        json.member("deleted_at", RFC3339.format(deletion.deletedAt))
                        json.member("purged_by", RFC3339.format(deletion.purgeAt))
                        ConsentWithdrawal(accountType: deletion.mailbox.accountType).write(to: &json)
                    }
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }
}

extension APIError {
    static func mailboxInUse(by uses: [Mailbox.Use]) -> APIError {
        APIError(
            .conflict, code: "MAILBOX_IN_USE",
            message: "Campaigns use this mailbox. Delete them first, or disconnect the mailbox.",
            details: [
                (
                    "campaigns",
                    .array(
                        uses.map { use in
                            .object(
                                JSONObject([
                                    .init(name: "id", value: .integer(use.campaignID)),
                                    .init(name: "email", value: .string(use.email)),
                                    .init(name: "status_code", value: .string(use.status.rawValue)),
                                ]))
                        })
                )
            ])
    }
}

/// How the owner withdraws the consent after a disconnection. We can only destroy our tokens: Microsoft has no call that
/// withdraws a consent, so the owner has to do it on one of Microsoft's pages.
package struct ConsentWithdrawal {
    package let accountType: AccountType

    package init(accountType: AccountType) {
        self.accountType = accountType
    }

    package var text: String { "Our tokens are destroyed; we can no longer use the mailbox. " + whatStays }

    /// The part of the text about the consent that remains at Microsoft.
    package var whatStays: String {
        let theirs =
            "Microsoft has no call that withdraws the owner's consent, so it lists the app as approved until it is removed there. "
        return switch accountType {
        case .personal: theirs + "The mailbox's owner can remove it at this URL."
        case .organization:
            theirs
                + "The mailbox's owner can remove it at this URL: the app, Manage your application, Revoke permissions. If an administrator approved the app for the organisation, only an administrator can remove it, under Enterprise applications."
        }
    }

    /// The page where the owner withdraws the consent.
    package var url: String {
        switch accountType {
        case .personal: "https://account.live.com/consent/Manage"
        case .organization: "https://myapps.microsoft.com"
        }
    }

    package func write(to json: inout JSONWriter) {
        json.object("consent_withdrawal") { json in
            json.member("done_at_microsoft", false)
            json.member("text", text)
            json.member("url", url)
        }
    }
}
