import HearthCore
import HearthMicrosoft
import HearthRules
import HearthWeb
import Postgres

/// Asks Microsoft whether a mailbox works. What is learnt is committed.
package struct RecheckMailbox: Sendable {
    let grants: GrantStore
    let connection: ConnectionCheck

    /// For somebody who waits.
    private static let limit = Duration.seconds(5)

    package init(_ connections: Connections) {
        let database = connections.dependencies.database
        grants = GrantStore(database: database, keyRing: connections.dependencies.keyRing)
        connection = ConnectionCheck(connections, database: database)
    }

    /// - Throws: 503 when Microsoft cannot be asked; a permanent refusal is written down and is what was to be learnt.
    package func run(_ mailbox: Mailbox, of tenant: Int64) async throws {
        guard let id = mailbox.access?.grantID, let grant = try await grants.find(id, of: tenant) else { return }
        do {
            try await connection.prove(grant, within: Self.limit)
        } catch let fault as MicrosoftFault where fault.kind.problem == nil {
            // Its partner may have disconnected it meanwhile; the mailbox itself tells that.
            guard try await grants.find(id, of: tenant)?.state == .live else { return }
            throw APIError(connection: fault)
        } catch is MicrosoftFault {
            return
        }
    }
}
