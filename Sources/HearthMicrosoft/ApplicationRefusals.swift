package import Foundation
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
            id.map { id in
                """
                UPDATE microsoft_apps SET refused_since = \(now), refusal = \(cause)
                WHERE tenant_id = \(tenant) AND app_id = \(id) AND retired_at IS NULL AND refused_since IS NULL
                """
            }
                ?? """
                UPDATE installation SET refused_since = \(now), refusal = \(cause) WHERE refused_since IS NULL
                """)
    }

    package func ended(_ id: Int64?, of tenant: Int64) async {
        await write(
            id.map { id in
                """
                UPDATE microsoft_apps SET refused_since = NULL, refusal = NULL
                WHERE tenant_id = \(tenant) AND app_id = \(id) AND refused_since IS NOT NULL
                """
            } ?? "UPDATE installation SET refused_since = NULL, refusal = NULL WHERE refused_since IS NOT NULL")
    }

    /// The caller acts on the refusal itself, so a failure to record it is only logged.
    private func write(_ statement: SQL) async {
        do { _ = try await database.write(statement) } catch {
            logger.warning("Could not record whether Microsoft refuses an application", metadata: ["error": "\(error)"])
        }
    }
}
