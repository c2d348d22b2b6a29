import Foundation
import Postgres
import TestSupport
import Testing

@testable import HearthOperations

/// Erasure knows every column that may name a mailbox, and erases the tables of a tenant in a valid order.
@Suite("Columns that erasure knows", .timeLimit(.minutes(2)))
struct ErasureColumnTests {

    private func withSchema(_ body: (Database) async throws -> Void) async throws {
        try await TestDatabase.migrated { test in
            try await test.connected { try await body($0) }
        }
    }

    @Test("every column that names a mailbox, its owner or its campaign is one that EraseMailbox looks at")
    func names() async throws {
        // Columns of tables that EraseMailbox names; it handles each of them.
        let known: Set = [
            "admin_consents.email", "campaign_history.campaign_id", "campaigns.campaign_id", "campaigns.consent_id",
            "campaigns.email", "campaigns.email_key", "campaigns.mailbox_address", "campaigns.mailbox_id",
            "campaigns.owner_email", "consents.campaign_id", "consents.consent_id", "consents.email",
            "consents.email_key", "consents.mailbox_id", "consents.owner_email", "events.campaign_id",
            "events.owner_key", "grants.mailbox_id",
            "invitations.campaign_id", "invitations.consent_id", "invitations.email", "invitations.email_key",
            "invitations.mailbox_id", "invitations.owner_email",
            "mailboxes.address", "mailboxes.address_key", "mailboxes.mailbox_id", "shared_mailboxes.address",
            "webhook_endpoints.owner_email",
            "webhook_endpoints.owner_key",
            // Members of the tenant; they are kept.
            "console_members.email", "console_members.email_key",
        ]
        // Columns by which it finds the rows of any other table.
        let general: Set = ["mailbox_id", "campaign_id", "consent_id", "email_key", "address_key"]
        try await withSchema { database in
            let columns: [String] = try await database.read(
                """
                SELECT table_name || '.' || column_name AS name FROM information_schema.columns
                WHERE table_schema = 'public' AND column_name ~ '(mailbox|campaign_id|consent_id|e?mail|address|owner)'
                    AND column_name NOT IN ('email_per_day', 'admin_consent_id', 'shared_mailbox_id')
                    AND column_name !~ '^mail_' AND data_type <> 'boolean'
                    AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relname = table_name AND c.relispartition)
                """
            ).map { try $0["name"] }
            #expect(columns.count >= known.count)
            let unknown = columns.filter { name in
                let parts = name.split(separator: ".").map(String.init)
                return !known.contains(name) && (MailboxErasure.known.contains(parts[0]) || !general.contains(parts[1]))
            }
            #expect(unknown.sorted().isEmpty, "decide what EraseMailbox does with these")
        }
    }

    @Test("every table comes before those that it points at, the tenant itself last, partitions by themselves")
    func order() async throws {
        try await withSchema { database in
            _ = try await database.write("SELECT ensure_month_partition('events', '2026-11-21')")
            let tables = try await TenantTables(database).tables
            let names = tables.map(\.name)
            #expect(names.last == "tenants")
            for (child, parent) in [
                ("grants", "mailboxes"), ("campaigns", "mailboxes"), ("consents", "campaigns"),
                ("webhook_deliveries", "webhook_lanes"), ("consents", "microsoft_apps"),
            ] {
                let (before, after) = (names.firstIndex(of: child), names.firstIndex(of: parent))
                #expect(try #require(before) < (try #require(after)), "\(child) before \(parent)")
            }
            #expect(tables.contains { $0.quoted == "public.events_2026_11" && $0.name == "events" })
            #expect(!names.contains("erasures"))
            #expect(!names.contains("campaign_transitions"))
        }
    }

    @Test(
        "addresses and ids are found as wholes only",
        arguments: [
            ("to a.b@x.example, please", true), ("A.B@X.EXAMPLE", true), (#"{"email":"a.b@x.example"}"#, true),
            ("<a.b@x.example>.", true), ("za.b@x.example", false), ("c.a.b@x.example", false),
            ("a.b@x.example.org", false),
            ("aXb@x.example", false), ("a.b@x.examples", false), (#"{"id":102003}"#, true), ("1102003", false),
            ("1020031", false), ("[5,102003,7]", true),
        ])
    func patterns(_ text: String, _ isFound: Bool) throws {
        let traces = MailboxTraces(
            tenantID: 1, mailboxID: 102_003, campaignIDs: [], consentIDs: [], invitationIDs: [],
            addressKeys: [],
            addresses: ["a.b@x.example"])
        let pattern = try Regex(traces.pattern + "|" + traces.idPattern)
        #expect((text.lowercased().firstMatch(of: pattern) != nil) == isFound)
    }
}
