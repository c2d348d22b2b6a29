import Foundation
import HearthRules
import HearthTesting
import MicrosoftSimulator
import Postgres

@testable import HearthCore
@testable import HearthWeb

/// Thousands of mailboxes in the state in which their consents would have left them.
extension SimulatedWorld {
    private static let scope =
        "openid profile email offline_access User.Read Mail.ReadWrite Mail.Send"

    /// Connects the addresses. Mailbox, grant and campaign of the n-th have the id `first + n`.
    ///
    /// - Parameter dueIn: seconds until each is first due, by its index in the list.
    func connect(
        _ addresses: [String], status: CampaignStatus, first: Int64, dueIn: (Int) -> TimeInterval
    ) async throws {
        let connections = try microsoft.connect(addresses, to: Self.clientID, scope: Self.scope)
        let keyRing = try KeyRing(Keys.first)
        for start in stride(from: 0, to: connections.count, by: 2_000) {
            let part = Array(connections[start..<min(start + 2_000, connections.count)])
            let numbers = part.indices.map { first + Int64(start + $0) }
            let tokens = try zip(numbers, part).map { number, connection in
                try keyRing.seal(
                    Array(connection.refreshToken.utf8),
                    for: .init(tenant: 1, row: number, purpose: .refreshToken)
                ).reduce(into: "") { $0 += String($1 >> 4, radix: 16) + String($1 & 15, radix: 16) }
            }
            let due = part.indices.map { RFC3339.format(clock.now.addingTimeInterval(dueIn(start + $0))) }
            try await insert(part, numbers: numbers, tokens: tokens, due: due, status: status)
        }
    }

    /// Inserts the rows as they are after the consent and the first command, but without history: the triggers that check
    /// each step are not tested here.
    private func insert(
        _ part: [BulkConnection], numbers: [Int64], tokens: [String], due: [String], status: CampaignStatus
    ) async throws {
        let now = clock.now
        let addresses = part.map(\.account.address)
        try await database.transaction { transaction in
            transaction.write("SET LOCAL session_replication_role = replica")
            transaction.write(
                """
                INSERT INTO tenants (tenant_id, name, created_at) VALUES (1, 'T', \(now)) ON CONFLICT DO NOTHING
                """)
            transaction.write(
                """
                INSERT INTO tenant_pools (tenant_id, email_per_day, reserved) VALUES (1, 10000000, 5000000)
                ON CONFLICT DO NOTHING
                """)
            transaction.write("INSERT INTO tenant_feeds (tenant_id) VALUES (1) ON CONFLICT DO NOTHING")
            transaction.write(
                """
                INSERT INTO mailboxes (tenant_id, mailbox_id, tid, oid, address, address_key, user_principal_name,
                    account_type, grant_id, created_at, updated_at)
                SELECT 1, n, tid::uuid, oid::uuid, address, address, address, 'organisation', n, \(now), \(now)
                FROM unnest(\(numbers), \(part.map(\.account.id.tenantID)), \(part.map(\.account.id.objectID)),
                    \(addresses)) AS row (n, tid, oid, address)
                """)
            transaction.write(
                """
                INSERT INTO grants (tenant_id, grant_id, mailbox_id, level, scopes, state, refresh_token, due_at,
                    created_at, refreshed_at)
                SELECT 1, n, n, 'warmup', ARRAY['mail.readwrite', 'mail.send', 'user.read'], 'live', decode(token, 'hex'),
                    due::timestamptz, \(now), \(now)
                FROM unnest(\(numbers), \(tokens), \(due)) AS row (n, token, due)
                """)
            transaction.write(
                """
                INSERT INTO campaigns (tenant_id, campaign_id, mailbox_id, consent_id, status, version, email, email_key,
                    mailbox_address, smtp_type, email_per_day, response_rate, with_rampup, rampup_speed, timezone,
                    sending_schedule, warmup_audience_type, created_at, updated_at)
                SELECT 1, n, n, n, \(status.rawValue), 1, address, address, address, 'office 365', 10, 30, false, 'normal',
                    'UTC', \(SchedulePreset.weekdays8To18.rawValue), 'all', \(now), \(now)
                FROM unnest(\(numbers), \(addresses)) AS row (n, address)
                """)
        }
    }
}
