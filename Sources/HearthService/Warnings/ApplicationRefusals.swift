import Foundation
import HearthRules
import Logging
import Postgres

/// Writes down that Microsoft refuses an Entra application, and that it accepts it again: each process knows only what
/// it has asked itself, and a command of the operator has asked nothing.
struct ApplicationRefusals: Sendable {
    let database: Database
    let logger: Logger

    /// - Parameter id: nil for the operator's application.
    func began(_ id: Int64?, of tenant: Int64, cause: String, at now: Date) async {
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

    func ended(_ id: Int64?, of tenant: Int64) async {
        await write(
            id.map { id in
                """
                UPDATE microsoft_apps SET refused_since = NULL, refusal = NULL
                WHERE tenant_id = \(tenant) AND app_id = \(id) AND refused_since IS NOT NULL
                """
            } ?? "UPDATE installation SET refused_since = NULL, refusal = NULL WHERE refused_since IS NOT NULL")
    }

    /// The refusal itself is what its finder goes on with, so a note that could not be made is only logged.
    private func write(_ statement: SQL) async {
        do { _ = try await database.write(statement) } catch {
            logger.warning("Whether Microsoft refuses an application was not noted", metadata: ["error": "\(error)"])
        }
    }

    /// Whether Microsoft refuses the operator's application, as far as any process has found out.
    static func ofOperator(in database: Database) async throws -> Warning? {
        try await database.read("SELECT refused_since, refusal FROM installation WHERE refused_since IS NOT NULL")
            .first.map { row in
                Warning(
                    code: .operatorApplicationRefused, subject: .service, since: try row[nullable: "refused_since"],
                    cause: try row[nullable: "refusal"])
            }
    }
}
