import HearthCore
import HearthMicrosoft
import HearthRules
import HearthWeb
import Postgres

/// Checks with Microsoft whether a mailbox works, and commits the result.
package struct RecheckMailbox: Sendable {
    let grants: GrantStore
    let connection: ConnectionCheck

    /// Time limit of the check, for which somebody is waiting.
    private static let limit = Duration.seconds(5)

    package init(_ connections: Connections) {
        let database = connections.dependencies.database
        grants = GrantStore(database: database, keyRing: connections.dependencies.keyRing)
        connection = ConnectionCheck(connections, database: database)
    }

    /// - Throws: 503 if it cannot be checked now. A permanent refusal is recorded, not thrown.
    package func run(_ mailbox: Mailbox, of tenant: Int64) async throws {
        guard let id = mailbox.access?.grantID, let grant = try await grants.find(id, of: tenant) else { return }
        do {
            try await connection.prove(grant, within: Self.limit)
        } catch let fault as MicrosoftFault where fault.kind.problem == nil {
            // Its partner may have disconnected it meanwhile; the mailbox shows that.
            guard try await grants.find(id, of: tenant)?.state == .live else { return }
            throw APIError(connection: fault)
        } catch is MicrosoftFault {
            return
        }
    }
}
