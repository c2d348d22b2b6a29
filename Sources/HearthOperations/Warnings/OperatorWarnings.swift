package import Foundation
package import HearthCore
package import HearthMailboxes
import HearthMicrosoft
import HearthRules
package import Postgres

/// The warnings that concern the whole service. Tenants never see them.
package struct OperatorWarnings: Sendable {
    let database: Database
    package let secret: OperatorSecret
    /// The number of keys in the ring.
    let keys: Int

    package init(database: Database, secret: OperatorSecret, keys: Int) {
        self.database = database
        self.secret = secret
        self.keys = keys
    }

    package func current(at now: Date) async throws -> [Warning] {
        [try await ApplicationRefusals.ofOperator(in: database), ofSecret(at: now), ofKeys].compactMap { $0 }
    }

    func ofSecret(at now: Date) -> Warning? {
        guard let end = secret.expiresAt else { return Warning(code: .operatorSecretEndUnknown, subject: .service) }
        guard end > now else {
            return Warning(code: .operatorSecretExpired, subject: .service, since: end, endsAt: end)
        }
        let notice = end.addingTimeInterval(-WarningCode.secretNotice)
        guard notice <= now else { return nil }
        return Warning(code: .operatorSecretExpiring, subject: .service, since: notice, endsAt: end)
    }

    var ofKeys: Warning? { keys > 1 ? nil : Warning(code: .keyRingWithoutSpare, subject: .service) }
}

extension OperatorWarnings {
    package init(_ settings: Settings, database: Database) {
        self.init(database: database, secret: settings.microsoft.secret, keys: settings.keyRing.count)
    }
}

extension ApplicationRefusals {
    /// Returns a warning if any process has found that Microsoft refuses the operator's application.
    package static func ofOperator(in database: Database) async throws -> Warning? {
        try await database.read("SELECT refused_since, refusal FROM installation WHERE refused_since IS NOT NULL")
            .first.map { row in
                Warning(
                    code: .operatorApplicationRefused, subject: .service, since: try row[nullable: "refused_since"],
                    cause: try row[nullable: "refusal"])
            }
    }
}
