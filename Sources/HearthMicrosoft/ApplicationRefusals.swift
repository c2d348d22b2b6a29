package import Foundation
import HearthCore
import HearthRules
package import Logging
package import Postgres

/// Records in the database that Microsoft refuses an Entra application, and that it accepts it again: a process only knows
/// the results of its own requests, and an operator command has made none.
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

    /// The caller acts on the refusal itself, so a failure to record it is only logged.
    private func write(_ statement: SQL) async {
        do { _ = try await database.write(statement) } catch {
            logger.warning("Could not record whether Microsoft refuses an application", metadata: ["error": "\(error)"])
        }
    }
}
