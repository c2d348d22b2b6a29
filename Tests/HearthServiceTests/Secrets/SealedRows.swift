import Foundation
import Postgres

@testable import HearthCore

/// Inserts one row in every table with sealed columns.
struct SealedRows {
    let database: Database
    let now: Date

    static func plaintext(_ column: SealedColumn, tenant: Int64) -> String { "\(column) of \(tenant)" }

    static func plaintexts(tenant: Int64) -> [String: String] {
        Dictionary(uniqueKeysWithValues: SealedColumn.all.map { ("\($0)", plaintext($0, tenant: tenant)) })
    }

    private static let entry = "00000000-0000-4000-8000-00000000000a"

    private func row(_ column: SealedColumn, of tenant: Int64) -> String {
        switch column.rowType {
        case "text": "a/key"
        case "uuid": Self.entry
        default: column.row == "tenant_id" ? String(tenant) : "10"
        }
    }

    func insert(tenant: Int64, ring: KeyRing) async throws {
        func sealed(_ name: String) throws -> [UInt8] {
            guard let column = SealedColumn.all.first(where: { "\($0)" == name }) else { throw UnknownColumn() }
            return try ring.seal(
                Array(Self.plaintext(column, tenant: tenant).utf8),
                for: column.place(tenant: tenant, row: row(column, of: tenant)))
        }
        let statements: [SQL] = [
            "INSERT INTO tenants (tenant_id, name, created_at) VALUES (\(tenant), 'T', \(now))",
            """
            INSERT INTO microsoft_apps (tenant_id, app_id, client_id, secret, former_secret, created_at)
            VALUES (\(tenant), 10, 'c', \(try sealed("microsoft_apps.secret")), \(try sealed("microsoft_apps.former_secret")), \(now))
            """,
            """
            INSERT INTO mailboxes (tenant_id, mailbox_id, tid, oid, address, address_key, user_principal_name,
                account_type, created_at, updated_at)
            VALUES (\(tenant), 5, gen_random_uuid(), gen_random_uuid(), 'a@b.example', 'a@b.example', 'a@b.example',
                'personal', \(now), \(now))
            """,
            """
            INSERT INTO grants (tenant_id, grant_id, mailbox_id, level, scopes, state, access_token, refresh_token,
                created_at, refreshed_at)
            VALUES (\(tenant), 10, 5, 'send', '{}', 'live', \(try sealed("grants.access_token")),
                \(try sealed("grants.refresh_token")), \(now), \(now))
            """,
            """
            INSERT INTO consents (tenant_id, consent_id, kind, status, seed, level, email, email_key, first_name, last_name,
                email_per_day, response_rate, with_rampup, rampup_speed, timezone, sending_schedule,
                warmup_audience_type, created_at, updated_at, expires_at)
            VALUES (\(tenant), 10, 'connect', 'open', \(try sealed("consents.seed")), 'send', 'a@b.example',
                'a@b.example', '', '', 20, 30, false, 'normal', 'UTC', 'Weekdays - 8am to 6pm', 'inherit', \(now), \(now), \(now))
            """,
            """
            INSERT INTO messages (tenant_id, message_id, mailbox_id, status, content, report, recipients, stamp, send_at,
                due_at, created_at, updated_at)
            VALUES (\(tenant), 10, 5, 'queued', \(try sealed("messages.content")), \(try sealed("messages.report")), 1,
                gen_random_uuid(), \(now), \(now), \(now), \(now))
            """,
            """
            INSERT INTO received_messages (tenant_id, message_id, mailbox_id, graph_id, folder, kind, content, received_at,
                found_at, was_missed)
            VALUES (\(tenant), 10, 5, 'g', 'inbox', 'message', \(try sealed("received_messages.content")), \(now), \(now), false)
            """,
            """
            INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, secret, former_secret,
                former_until, status, created_at, updated_at)
            VALUES (\(tenant), 10, 'https://a.example', '{campaign.pending}', \(try sealed("webhook_endpoints.secret")),
                \(try sealed("webhook_endpoints.former_secret")), \(now), 'enabled', \(now), \(now))
            """,
            """
            INSERT INTO invitations (tenant_id, invitation_id, status, level, seed, email, email_key, language, lifetime,
                created_at, updated_at, expires_at)
            VALUES (\(tenant), 10, 'invited', 'send', \(try sealed("invitations.seed")), 'a@b.example', 'a@b.example',
                'en', 600, \(now), \(now), \(now))
            """,
            """
            INSERT INTO tenant_sign_ins (tenant_id, sign_in_id, issuer, client_id, secret, created_at)
            VALUES (\(tenant), 10, 'https://id.example', 'c', \(try sealed("tenant_sign_ins.secret")), \(now))
            """,
            """
            INSERT INTO admin_consents (tenant_id, admin_consent_id, domain, level, status, seed, created_at, updated_at,
                expires_at)
            VALUES (\(tenant), 10, 'b.example', 'send', 'open', \(try sealed("admin_consents.seed")), \(now), \(now),
                \(now))
            """,
            """
            INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status_code, answer, created_at, expires_at)
            VALUES (\(tenant), 'a/key', \([UInt8](repeating: 0, count: 32)), 200,
                \(try sealed("idempotency_keys.answer")), \(now), \(now))
            """,
            """
            INSERT INTO audit_chains (tenant_id, key, link, head, cut_link, checkpoint)
            VALUES (\(tenant), \(try sealed("audit_chains.key")), \(AuditChain.genesis), \(AuditChain.genesis),
                \(AuditChain.genesis), \(AuditChain.genesis))
            """,
            """
            INSERT INTO audit_entries (tenant_id, entry_id, occurred_at, feed_position, salt, digest, seal)
            VALUES (\(tenant), \(Self.entry)::uuid, \(now), 0, \(AuditChain.genesis), \(AuditChain.genesis),
                \(try sealed("audit_entries.seal")))
            """,
        ]
        try await database.transaction { transaction in
            for statement in statements { transaction.write(statement) }
        }
    }

    /// Returns the values opened with that ring, by column.
    func plaintexts(tenant: Int64, ring: KeyRing) async throws -> [String: String] {
        var texts: [String: String] = [:]
        for column in SealedColumn.all {
            let values = SealedValues(database: database, column: column)
            for value in try await values.page(after: nil, leavingOut: nil, limit: 100) where value.tenantID == tenant {
                texts["\(column)"] = String(
                    decoding: try ring.open(value.bytes, for: column.place(tenant: tenant, row: value.row)),
                    as: UTF8.self)
            }
        }
        return texts
    }

    struct UnknownColumn: Error {}
}
