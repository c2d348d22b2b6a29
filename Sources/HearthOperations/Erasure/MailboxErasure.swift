import Foundation
import HearthCore
import Postgres

/// The steps of ``EraseMailbox``, inside its transaction and under the locks of ``MailboxTraces``.
struct MailboxErasure {
    let traces: MailboxTraces
    var receipt: ErasureReceipt

    private var tenant: Int64 { traces.tenantID }

    private mutating func erase(_ table: String, _ statement: SQL, in transaction: inout Transaction) throws {
        receipt.count(try transaction.query(statement).affected, of: table)
    }

    // MARK: Events and their delivery

    mutating func forgetEvents(in transaction: inout Transaction) throws {
        let keys = traces.orderingKeys
        let endpoints: [Int64] = try transaction.query(
            "SELECT endpoint_id FROM webhook_endpoints WHERE tenant_id = \(tenant) AND owner_key = ANY(\(traces.addressKeys))"
        ).map { try $0["endpoint_id"] }
        let positions: [Int64] = try transaction.query(
            """
            SELECT position FROM events WHERE tenant_id = \(tenant)
                AND (campaign_id = ANY(\(traces.campaignIDs)) OR ordering_key = ANY(\(keys)))
            """
        ).map { try $0["position"] }
        let replays: [String] = try transaction.query(
            """
            SELECT DISTINCT lane_key FROM webhook_deliveries
            WHERE tenant_id = \(tenant) AND event_position = ANY(\(positions)) AND lane_key LIKE 'replay:%'
            """
        ).map { try $0["lane_key"] }
        let lanes = keys + replays
        // Locked first, so that an attempt under way has either been recorded already or will find its lane gone.
        _ = try transaction.query(
            """
            SELECT 1 FROM webhook_lanes WHERE tenant_id = \(tenant)
                AND (lane_key = ANY(\(lanes)) OR endpoint_id = ANY(\(endpoints)))
            ORDER BY endpoint_id, lane_key FOR UPDATE
            """)
        try erase(
            "webhook_attempts",
            """
            DELETE FROM webhook_attempts WHERE tenant_id = \(tenant)
                AND (lane_key = ANY(\(lanes)) OR endpoint_id = ANY(\(endpoints))
                    OR lower(coalesce(answer, '') || ' ' || coalesce(error, '')) ~ \(traces.pattern))
            """, in: &transaction)
        try erase(
            "webhook_deliveries",
            """
            DELETE FROM webhook_deliveries WHERE tenant_id = \(tenant)
                AND (lane_key = ANY(\(lanes)) OR endpoint_id = ANY(\(endpoints)))
            """, in: &transaction)
        try erase(
            "webhook_lanes",
            """
            DELETE FROM webhook_lanes WHERE tenant_id = \(tenant)
                AND (lane_key = ANY(\(lanes)) OR endpoint_id = ANY(\(endpoints)))
            """, in: &transaction)
        try erase(
            "webhook_endpoints",
            "DELETE FROM webhook_endpoints WHERE tenant_id = \(tenant) AND endpoint_id = ANY(\(endpoints))",
            in: &transaction)
        try erase(
            "events",
            """
            DELETE FROM events WHERE tenant_id = \(tenant)
                AND (campaign_id = ANY(\(traces.campaignIDs)) OR ordering_key = ANY(\(keys)))
            """, in: &transaction)
        // These are queued in lanes of others, so they are still delivered, but without their contents.
        try erase(
            "events",
            """
            UPDATE events SET account = '{}', data = '{"erased": true}', owner_key = NULL
            WHERE tenant_id = \(tenant) AND (owner_key = ANY(\(traces.addressKeys))
                OR lower(account::text || ' ' || data::text) ~ \(traces.pattern))
            """, in: &transaction)
    }

    // MARK: Answers and jobs

    /// Stored answers are sealed, so they are opened to see whether they mention the mailbox. One that cannot be opened is
    /// erased too.
    mutating func forgetAnswers(_ ring: KeyRing, in transaction: inout Transaction) throws {
        let pattern = try Regex(traces.pattern + "|" + traces.idPattern)
        func names(_ text: String) -> Bool { text.lowercased().firstMatch(of: pattern) != nil }
        var last = ""
        while true {
            let page = try transaction.query(
                """
                SELECT key, answer FROM idempotency_keys WHERE tenant_id = \(tenant) AND key > \(last) AND answer IS NOT NULL
                ORDER BY key LIMIT 500
                """)
            guard let end = page.last else { return }
            last = try end["key"]
            let named: [String] = try page.compactMap { row in
                let key: String = try row["key"]
                let place = KeyRing.Place(tenant: tenant, name: key, purpose: .idempotentAnswer)
                guard let answer = try? ring.open(try row["answer"], for: place) else { return key }
                return names(key) || names(String(decoding: answer, as: UTF8.self)) ? key : nil
            }
            guard !named.isEmpty else { continue }
            try erase(
                "idempotency_keys",
                "DELETE FROM idempotency_keys WHERE tenant_id = \(tenant) AND key = ANY(\(named))", in: &transaction)
        }
    }

    mutating func forgetJobs(in transaction: inout Transaction) throws {
        try erase(
            "job_problems",
            """
            DELETE FROM job_problems WHERE tenant_id = \(tenant)
                AND (unit = ANY(\(traces.campaignIDs)) OR lower(message) ~ \(traces.pattern))
            """, in: &transaction)
        // The job may still be running for other mailboxes. It skips the id 0, which does not exist.
        try erase(
            "jobs",
            """
            UPDATE jobs SET parameters = regexp_replace(
                regexp_replace(parameters::text, \(traces.pattern), '\\1erased', 'gi'), \(traces.idPattern), '\\10', 'g')::json
            WHERE tenant_id = \(tenant) AND lower(parameters::text) ~ \(traces.pattern + "|" + traces.idPattern)
            """, in: &transaction)
    }

    // MARK: The mailbox

    /// The tables handled by other steps, and `console_members`: people who sign in to the console stay members, even with
    /// the address of an erased mailbox.
    static let known: Set = [
        "console_members",
        "tenants", "admin_consents", "campaigns", "campaign_history", "consents", "events", "grants",
        "idempotency_keys", "invitations", "job_problems",
        "jobs", "mailboxes", "told_warnings", "webhook_attempts", "webhook_deliveries", "webhook_endpoints",
        "webhook_lanes",
    ]

    /// Erases the mailbox's rows from all other tables, found by their column names.
    mutating func forgetOthers(_ tables: [TenantTables.Table], in transaction: inout Transaction) throws {
        for table in tables where !Self.known.contains(table.name) {
            let columns: [(name: String, condition: SQL)] = [
                ("mailbox_id", "mailbox_id = \(traces.mailboxID)"),
                ("campaign_id", "campaign_id = ANY(\(traces.campaignIDs))"),
                ("consent_id", "consent_id = ANY(\(traces.consentIDs))"),
                ("email_key", "email_key = ANY(\(traces.addressKeys))"),
                ("address_key", "address_key = ANY(\(traces.addressKeys))"),
            ]
            for column in columns where table.columns.contains(column.name) {
                try erase(
                    table.name,
                    "DELETE FROM \(unescaped: table.quoted) WHERE tenant_id = \(tenant) AND \(column.condition)",
                    in: &transaction)
            }
        }
    }

    mutating func forgetMailbox(in transaction: inout Transaction) throws {
        let campaigns = traces.campaignIDs
        // The approval belongs to the organisation; only the mailbox for which it was requested is erased.
        try erase(
            "admin_consents",
            """
            UPDATE admin_consents SET email = NULL
            WHERE tenant_id = \(tenant) AND lower(email) = ANY(\(traces.addresses))
            """, in: &transaction)
        transaction.write("SELECT set_config('hearth.erasure', \(String(tenant)), true)")
        transaction.write(
            """
            UPDATE tenant_pools SET reserved = reserved - (SELECT coalesce(sum(email_per_day), 0) FROM campaigns
                WHERE tenant_id = \(tenant) AND campaign_id = ANY(\(campaigns)) AND status = 'active')
            WHERE tenant_id = \(tenant)
            """)
        try erase(
            "invitations",
            "DELETE FROM invitations WHERE tenant_id = \(tenant) AND invitation_id = ANY(\(traces.invitationIDs))",
            in: &transaction)
        try erase(
            "consents",
            "DELETE FROM consents WHERE tenant_id = \(tenant) AND consent_id = ANY(\(traces.consentIDs))",
            in: &transaction)
        try erase(
            "campaign_history",
            "DELETE FROM campaign_history WHERE tenant_id = \(tenant) AND campaign_id = ANY(\(campaigns))",
            in: &transaction)
        try erase(
            "campaigns", "DELETE FROM campaigns WHERE tenant_id = \(tenant) AND campaign_id = ANY(\(campaigns))",
            in: &transaction)
        transaction.write(
            "UPDATE mailboxes SET grant_id = NULL WHERE tenant_id = \(tenant) AND mailbox_id = \(traces.mailboxID)")
        try erase(
            "told_warnings",
            "DELETE FROM told_warnings WHERE tenant_id = \(tenant) AND subject_id = \(traces.mailboxID)",
            in: &transaction)
        try erase(
            "grants", "DELETE FROM grants WHERE tenant_id = \(tenant) AND mailbox_id = \(traces.mailboxID)",
            in: &transaction)
        try erase(
            "mailboxes", "DELETE FROM mailboxes WHERE tenant_id = \(tenant) AND mailbox_id = \(traces.mailboxID)",
            in: &transaction)
    }
}
