import Foundation
import HearthCore
import HearthMailboxes
import HearthOnboarding
import HearthWebhooks
import Postgres

/// Ends a tenant's keys, links, tokens and deliveries immediately. The remaining data is erased later.
enum DeleteTenant {
    /// Seconds after which the remaining data is erased at the latest.
    static let retention: TimeInterval = 30 * 86_400

    static func stop(_ tenant: Int64, purgeAt: Date, at now: Date, in transaction: inout Transaction) {
        let ends =
            [
                ConsentTable.revoke(.all, of: tenant, at: now),
                AdminConsentStore.revokeAll(of: tenant, at: now),
                InvitationTable.revoke(nil, of: tenant, at: now),
            ]
            + MailboxTable.disconnectAll(of: tenant, at: now) + [
                JobStore.cancelAll(of: tenant, at: now),
                EndpointStore.disableAll(of: tenant, at: now),
                KeyStore.revokeAll(of: tenant, at: now),
                TenantStore.delete(tenant, purgeAt: purgeAt),
            ]
        for statement in ends { transaction.write(statement) }
    }
}
