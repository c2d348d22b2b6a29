import Foundation
import HearthMailboxes
import HearthRules
import Postgres

/// Detects refusals that occur only because an administrator's approval has not reached all of Microsoft yet, which takes
/// seconds to minutes. The owner should then try again.
struct RecentApproval: Sendable {
    let database: Database

    /// Seconds after an approval during which refusals are attributed to this delay.
    private static let window: TimeInterval = 900

    /// Returns `adminApprovalPending` if a recent approval covers the refused consent, otherwise the outcome unchanged.
    ///
    /// - Parameter isSilent: whether Microsoft gave no reason.
    func explained(
        _ outcome: ConsentOutcome, isSilent: Bool = false, of consent: Consent, at now: Date
    ) async throws -> ConsentOutcome {
        switch outcome.code {
        case .adminApprovalRequired, .codeRefused: break
        case .declined where isSilent: break
        default: return outcome
        }
        let levels = PermissionLevel.allCases.filter { $0.covers(consent.level) }.map(\.rawValue)
        let rows = try await database.read(
            """
            SELECT FROM admin_consents
            WHERE tenant_id = \(consent.tenantID) AND status = 'granted' AND level = ANY(\(levels))
                AND (shared OR NOT \(consent.includesShared))
                AND domain = split_part(\(consent.emailKey), '@', 2)
                AND granted_at > \(now.addingTimeInterval(-Self.window))
                AND app_id IS NOT DISTINCT FROM \(consent.applicationID)
            LIMIT 1
            """)
        return rows.isEmpty ? outcome : .adminApprovalPending
    }
}
