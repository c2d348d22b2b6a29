import Foundation
import HearthCore
import HearthGraphMail
import HearthMailboxes
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes for messages.
struct MessageRoutes {
    let dependencies: Dependencies

    private var store: MessageStore {
        MessageStore(database: dependencies.database, keyRing: dependencies.keyRing)
    }

    /// Queues a message, to be sent now or at `send_at`.
    func send(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let mailbox = try context.mailboxID()
        let body = try await ParsedBody.read(request, context: context)
        let now = dependencies.now()
        let wanted = try RequestedMessage(body, at: now)
        let response = try await write.once(body) { call in
            let new = NewMessage(
                id: try await dependencies.ids.next(), mailboxID: mailbox, tenantID: context.tenantID,
                content: wanted.content, stamp: MessageStamp(random: dependencies.randomBytes(16)),
                sendAt: max(wanted.sendAt ?? now, now))
            return try await dependencies.database.transaction { [keyRing = dependencies.keyRing] transaction in
                let message = try new.store(keyRing: keyRing, at: now, in: &transaction)
                let answer = Envelope.prepared(
                    code: "MESSAGE_QUEUED", message: "The message is queued.", status: .accepted
                ) { message.write(to: &$0) }
                return try call.record(answer, subject: "message:\(message.id)", in: &transaction)
            }
        }
        dependencies.work.messageCommitted()
        return response
    }

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        let mailbox = try context.mailboxID()
        var fields = try Fields(query: request.uri.query)
        let page =
            PageRequest(of: .messages, order: .newestFirst, &fields)
            ?? PageRequest(firstOf: .messages, order: .newestFirst)
        let direction = fields.choice("direction", as: Direction.self) ?? .out
        let status = fields.choice("status", as: MessageStatus.self)
        try fields.validated()
        _ = try await MailboxStore(database: dependencies.database).find(mailbox, of: context.tenantID)
        switch direction {
        case .out:
            return try await store.list(of: mailbox, tenant: context.tenantID, status: status, page: page).response(
                to: request, code: "MESSAGES_FETCHED", message: "Messages fetched"
            ) { $0.write(to: &$1) }
        case .in:
            return try await ReceivedMessageStore(database: dependencies.database, keyRing: dependencies.keyRing).list(
                of: mailbox, tenant: context.tenantID, page: page
            ).response(to: request, code: "MESSAGES_FETCHED", message: "Messages fetched") { $0.write(to: &$1) }
        }
    }

    private enum Direction: String, CaseIterable {
        case out, `in`
    }

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        let message = try await store.find(try context.messageID(), of: context.tenantID)
        return Envelope.response(code: "MESSAGE_FETCHED", message: "Message fetched") { message.write(to: &$0) }
    }

    /// Cancels a message that Microsoft was not asked to send yet. A cancelled one does not change.
    func cancel(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try context.messageID()
        return try await write.once { call in
            let now = dependencies.now()
            return try await dependencies.database.transaction { [keyRing = dependencies.keyRing] transaction in
                _ = try transaction.query(MessageTable.cancel(id, of: context.tenantID, at: now))
                guard let row = try transaction.query(MessageStore.one(id, of: context.tenantID)).first else {
                    throw APIError.messageNotFound
                }
                let message = try Message(row: row, keyRing: keyRing)
                guard message.status == .cancelled else { throw APIError.tooLateToCancel(message.status) }
                let answer = Envelope.prepared(code: "MESSAGE_CANCELLED", message: "The message will not be sent.") {
                    message.write(to: &$0)
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }
}

extension TenantContext {
    /// The id in the path.
    ///
    /// - Throws: 404 `MESSAGE_NOT_FOUND` if it is not a valid id.
    func messageID() throws(APIError) -> Int64 {
        guard let id = parameters.get("id").flatMap({ Int64($0) }), id > 0 else { throw .messageNotFound }
        return id
    }
}

extension APIError {
    static let messageNotFound = APIError(
        .notFound, code: "MESSAGE_NOT_FOUND",
        message: "There is no such message in this account. See GET /api/v1/mailboxes/{id}/messages.")

    static let mailboxMayNotSend = APIError(
        .conflict, code: "MAILBOX_MAY_NOT_SEND",
        message:
            "The owner has not allowed sending. Have the owner consent again with a permission level that includes it: send, read_send or warmup."
    )

    static func tooLateToCancel(_ status: MessageStatus) -> APIError {
        APIError(
            .conflict, code: "MESSAGE_NOT_CANCELLABLE",
            message:
                "The message was handed to Microsoft, or has ended. Only a scheduled, queued or held message can be cancelled.",
            details: [("current_status", .string(status.rawValue))])
    }
}
