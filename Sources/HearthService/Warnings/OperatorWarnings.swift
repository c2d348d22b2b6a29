import Foundation
import HearthRules
import Postgres

/// The warnings that concern the whole service. Tenants never see them.
struct OperatorWarnings: Sendable {
    let database: Database
    let secret: OperatorSecret
    /// Keys in the ring.
    let keys: Int

    func current(at now: Date) async throws -> [Warning] {
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
    init(_ settings: Settings, database: Database) {
        self.init(database: database, secret: settings.microsoft.secret, keys: settings.keyRing.count)
    }
}
