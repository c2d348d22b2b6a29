import Foundation
import HearthCore
import HearthGraphMail
import HearthRules
import Postgres

/// The only writer of `messages`. States follow ``MessageMove``.
enum MessageTable {
    /// - Parameter sealed: the content.
    static func insertion(
        of id: Int64, mailbox: Int64, tenant: Int64, sealed: [UInt8], recipients: Int, stamp: MessageStamp,
        sendAt: Date, at now: Date
    ) -> SQL {
        let status = sendAt > now ? MessageStatus.scheduled : .queued
        return """
            INSERT INTO messages (tenant_id, message_id, mailbox_id, status, content, recipients, stamp, send_at, due_at,
                created_at, updated_at)
            VALUES (\(tenant), \(id), \(mailbox), \(status), \(sealed), \(recipients), \(stamp.value), \(sendAt),
                \(sendAt), \(now), \(now))
            """
    }

    // MARK: Moves

    /// Commits that Microsoft is about to be asked.
    static func submit(_ message: Message, draft: FoundMessage?, until dueAt: Date, at now: Date) -> SQL {
        """
        UPDATE messages SET status = \(MessageMove.submit.target), submitted_at = \(now), due_at = \(dueAt),
            draft_id = coalesce(\(draft?.id), draft_id),
            internet_message_id = coalesce(\(draft?.internetMessageID), internet_message_id),
            conversation_id = coalesce(\(draft?.conversationID), conversation_id), updated_at = \(now)
        WHERE \(isOf(message)) AND \(MessageMove.submit.isAllowed())
        """
    }

    /// - Parameter dueAt: when the copy is looked for; nil if it cannot be.
    static func accept(_ message: Message, dueAt: Date?, at now: Date) -> SQL {
        """
        UPDATE messages SET status = \(MessageMove.accept.target), reason = NULL, accepted_at = \(now), due_at = \(dueAt),
            attempts = 0, looks = 0, updated_at = \(now)
        WHERE \(isOf(message)) AND \(MessageMove.accept.isAllowed())
        """
    }

    /// Records the copy in Sent Items.
    static func see(_ message: Message, _ copy: FoundMessage, at now: Date) -> SQL {
        """
        UPDATE messages SET status = \(MessageMove.see.target), reason = NULL,
            accepted_at = coalesce(accepted_at, \(now)), sent_at = \(now), due_at = NULL, attempts = 0,
            internet_message_id = coalesce(\(copy.internetMessageID), internet_message_id),
            conversation_id = coalesce(\(copy.conversationID), conversation_id), updated_at = \(now)
        WHERE \(isOf(message)) AND \(MessageMove.see.isAllowed())
        """
    }

    static func fail(_ message: Message, because reason: MessageReason, microsoftCode: String?, at now: Date) -> SQL {
        """
        UPDATE messages SET status = \(MessageMove.fail.target), reason = \(reason.code),
            microsoft_code = \(microsoftCode), failed_at = \(now), due_at = NULL, updated_at = \(now)
        WHERE \(isOf(message)) AND \(MessageMove.fail.isAllowed())
        """
    }

    static func doubt(_ message: Message, because reason: MessageReason, at now: Date) -> SQL {
        """
        UPDATE messages SET status = \(MessageMove.doubt.target), reason = \(reason.code), due_at = NULL,
            updated_at = \(now)
        WHERE \(isOf(message)) AND \(MessageMove.doubt.isAllowed())
        """
    }

    /// Puts back a message that Microsoft has certainly not sent.
    static func retry(_ message: Message, attempts: Int, dueAt: Date, at now: Date) -> SQL {
        """
        UPDATE messages SET status = \(MessageMove.retry.target), attempts = \(attempts), due_at = \(dueAt),
            updated_at = \(now)
        WHERE \(isOf(message)) AND \(MessageMove.retry.isAllowed())
        """
    }

    static func hold(_ message: Message, because reason: MessageReason, at now: Date) -> SQL {
        """
        UPDATE messages SET status = \(MessageMove.hold.target), reason = \(reason.code), due_at = NULL,
            updated_at = \(now)
        WHERE \(isOf(message)) AND \(MessageMove.hold.isAllowed())
        """
    }

    /// Queues the messages of a mailbox that its connection held.
    static func queueHeld(of mailbox: Int64, tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE messages SET status = \(MessageMove.queue.target), reason = NULL, attempts = 0,
            due_at = greatest(send_at, \(now)), updated_at = \(now)
        WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox) AND \(MessageMove.queue.isAllowed())
            AND reason LIKE 'CONNECTION\\_%'
        """
    }

    static func cancel(_ id: Int64, of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE messages SET status = \(MessageMove.cancel.target), reason = NULL, due_at = NULL, cancelled_at = \(now),
            updated_at = \(now)
        WHERE tenant_id = \(tenant) AND message_id = \(id) AND \(MessageMove.cancel.isAllowed())
        """
    }

    // MARK: What arrives

    /// - Parameter report: what the servers have reported, sealed.
    static func bounce(_ id: Int64, of tenant: Int64, report: [UInt8], at now: Date) -> SQL {
        """
        UPDATE messages SET status = \(MessageMove.bounce.target), reason = NULL, due_at = NULL,
            bounced_at = coalesce(bounced_at, \(now)), report = \(report), updated_at = \(now)
        WHERE tenant_id = \(tenant) AND message_id = \(id) AND \(MessageMove.bounce.isAllowed())
        """
    }

    static func reply(_ id: Int64, of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE messages SET status = \(MessageMove.reply.target), reason = NULL, due_at = NULL,
            replied_at = coalesce(replied_at, \(now)),
            updated_at = \(now)
        WHERE tenant_id = \(tenant) AND message_id = \(id) AND \(MessageMove.reply.isAllowed())
        """
    }

    /// An automatic reply changes no status.
    static func autoReply(_ id: Int64, of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE messages SET auto_replied_at = coalesce(auto_replied_at, \(now)), updated_at = \(now)
        WHERE tenant_id = \(tenant) AND message_id = \(id)
        """
    }

    // MARK: Time

    /// Continues later, in the same state.
    ///
    /// - Parameter dueAt: nil to stop looking for the copy.
    static func postpone(_ message: Message, to dueAt: Date?, attempts: Int, looks: Int) -> SQL {
        """
        UPDATE messages SET due_at = \(dueAt), attempts = \(attempts), looks = \(looks)
        WHERE \(isOf(message)) AND status = \(message.status) AND due_at IS NOT NULL
        """
    }

    private static func isOf(_ message: Message) -> SQL {
        "tenant_id = \(message.tenantID) AND message_id = \(message.id)"
    }
}
