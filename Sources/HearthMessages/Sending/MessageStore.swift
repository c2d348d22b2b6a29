import Foundation
package import HearthCore
package import HearthRules
package import HearthWeb
package import Postgres

/// Queries for messages of a tenant.
package struct MessageStore: Sendable {
    let database: Database
    let keyRing: KeyRing

    package init(database: Database, keyRing: KeyRing) {
        self.database = database
        self.keyRing = keyRing
    }

    /// - Throws: 404 `MESSAGE_NOT_FOUND`.
    package func find(_ id: Int64, of tenant: Int64) async throws -> Message {
        guard let row = try await database.read(Self.one(id, of: tenant)).first else { throw APIError.messageNotFound }
        return try Message(row: row, keyRing: keyRing)
    }

    static func one(_ id: Int64, of tenant: Int64) -> SQL {
        """
        SELECT \(unescaped: Message.columns) FROM messages m
        WHERE m.tenant_id = \(tenant) AND m.message_id = \(id)
        """
    }

    /// Selects the state of a message without its content.
    static func state(of id: Int64, tenant: Int64) -> SQL {
        """
        SELECT \(unescaped: Message.stateColumns) FROM messages m
        WHERE m.tenant_id = \(tenant) AND m.message_id = \(id)
        """
    }

    package func list(
        of mailbox: Int64, tenant: Int64, status: MessageStatus?, page: PageRequest
    ) async throws -> Page<Message> {
        let found = try await database.read(
            """
            SELECT \(unescaped: Message.columns) FROM messages m
            WHERE m.tenant_id = \(tenant) AND m.mailbox_id = \(mailbox) AND \(page.follows("m.message_id"))
                AND (\(status?.rawValue) IS NULL OR m.status = \(status?.rawValue))
            \(page.ordered(by: "m.message_id"))
            """
        ).map { try Message(row: $0, keyRing: keyRing) }
        return Page(found, of: page, key: \.id)
    }
}
