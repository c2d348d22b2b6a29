import Foundation
import HearthCore
import HearthGraphMail
import HearthRules
import Postgres

/// The only writer of `received_messages`.
enum ReceivedMessageTable {
    /// Destroys what is kept of a mailbox's messages beside facts.
    static func wipe(_ mailbox: Int64, of tenant: Int64) -> SQL {
        """
        UPDATE received_messages SET content = NULL
        WHERE tenant_id = \(tenant) AND mailbox_id = \(mailbox) AND content IS NOT NULL
        """
    }

    /// Returns ``ReceivedMessage/columns``; no row if the message is known.
    static func insertion(
        of id: Int64, _ arrival: Arrival, folder: WatchedFolder, watch: Watch, wasMissed: Bool, content: [UInt8]?,
        at now: Date
    ) throws -> SQL {
        let message = arrival.message
        return """
            INSERT INTO received_messages AS r (tenant_id, message_id, mailbox_id, graph_id, folder, kind, answers,
                internet_message_id, conversation_id, content, received_at, found_at, was_missed)
            VALUES (\(watch.tenantID), \(id), \(watch.mailboxID), \(message.id), \(folder), \(arrival.kind),
                \(arrival.answers), left(\(message.internetMessageID), 1000), left(\(message.conversationID), 512),
                \(content), \(message.receivedAt ?? now), \(now), \(wasMissed))
            ON CONFLICT (tenant_id, mailbox_id, graph_id) DO NOTHING
            RETURNING \(unescaped: ReceivedMessage.columns)
            """
    }
}
