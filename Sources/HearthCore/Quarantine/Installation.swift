package import Foundation
package import Postgres

/// The only statements that write `installation`: which database this is, and whether Microsoft refuses the operator's
/// application.
package enum Installation {
    /// Marks this database as the one in service, which ends the quarantine.
    static func resume(at now: Date) -> SQL {
        """
        INSERT INTO installation (database_oid, resumed_at)
        SELECT oid, \(now) FROM pg_database WHERE datname = current_database()
        ON CONFLICT (singleton) DO UPDATE SET database_oid = excluded.database_oid, resumed_at = excluded.resumed_at
        """
    }

    package static func beginRefusal(because cause: String, at now: Date) -> SQL {
        "UPDATE installation SET refused_since = \(now), refusal = \(cause) WHERE refused_since IS NULL"
    }

    package static var endRefusal: SQL {
        "UPDATE installation SET refused_since = NULL, refusal = NULL WHERE refused_since IS NOT NULL"
    }
}
