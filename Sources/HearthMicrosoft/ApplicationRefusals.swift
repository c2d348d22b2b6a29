package import Foundation
import HearthCore
import HearthRules
package import Logging
package import Postgres

/// Writes down that Microsoft refuses an Entra application, and that it accepts it again: each process knows only what
/// it has asked itself, and a command of the operator has asked nothing.
package struct ApplicationRefusals: Sendable {
    let database: Database
    let logger: Logger

    package init(database: Database, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// - Parameter id: nil for the operator's application.
    package func began(_ id: Int64?, of tenant: Int64, cause: String, at now: Date) async {
        let cause = String(cause.prefix(255))
        await write(
            id.map { MicrosoftAppStore.beginRefusal(of: $0, tenant: tenant, because: cause, at: now) }
                ?? Installation.beginRefusal(because: cause, at: now))
    }

    package func ended(_ id: Int64?, of tenant: Int64) async {
        await write(id.map { MicrosoftAppStore.endRefusal(of: $0, tenant: tenant) } ?? Installation.endRefusal)
    }

    /// The refusal itself is what its finder goes on with, so a note that could not be made is only logged.
    private func write(_ statement: SQL) async {
        do { _ = try await database.write(statement) } catch {
            logger.warning("Whether Microsoft refuses an application was not noted", metadata: ["error": "\(error)"])
        }
    }
}
