import Foundation
import HearthRules
import Postgres
import TestSupport
import Testing

/// The database enforces the rules, whatever SQL is run.
@Suite("The schema", .timeLimit(.minutes(5)))
struct SchemaTests {

    /// A migrated database with tenant 1, which has mailbox 10, and tenant 2, which has mailbox 20.
    private func withSchema(_ body: @escaping (Database) async throws -> Void) async throws {
        try await TestDatabase.migrated { test in
            try await test.connected { database in
                _ = try await database.write("SELECT ensure_month_partition('events', '2026-11-21 00:00:00+00')")
                for tenant in [Int64(1), 2] {
                    try await database.transaction { transaction in
                        transaction.write(
                            "INSERT INTO tenants (tenant_id, name, created_at) VALUES (\(tenant), 'T', '2026-11-21')")
                        transaction.write(
                            """
                            INSERT INTO mailboxes (tenant_id, mailbox_id, tid, oid, address, address_key,
                                user_principal_name, account_type, created_at, updated_at)
                            VALUES (\(tenant), \(tenant * 10), gen_random_uuid(), gen_random_uuid(), 'a@b.example',
                                'a@b.example', 'a@b.example', 'personal', '2026-11-21', '2026-11-21')
                            """)
                    }
                }
                try await body(database)
            }
        }
    }

    private static func insert(
        _ id: Int64, status: String = "pending", version: Int = 1, tenant: Int64 = 1, mailbox: Int64 = 10
    ) -> SQL {
        """
        INSERT INTO campaigns (tenant_id, campaign_id, mailbox_id, consent_id, status, version, email, email_key,
            mailbox_address, smtp_type, email_per_day, response_rate, with_rampup, rampup_speed, timezone, sending_schedule, warmup_audience_type,
            created_at, updated_at)
        VALUES (\(tenant), \(id), \(mailbox), 1, \(status), \(version), 'a@b.example', 'a@b.example',
            'a@b.example', 'outlook', 20, 30, false, 'normal', 'UTC', 'Weekdays - 8am to 6pm', 'inherit', '2026-11-21', '2026-11-21')
        """
    }

    private static func record(_ id: Int64, version: Int, from: String, command: String, to: String) -> [SQL] {
        [
            """
            INSERT INTO events (tenant_id, position, created_at, type, action, ordering_key, campaign_id, sequence, account, data)
            VALUES (1, \(id * 100 + Int64(version)), '2026-11-21', 't', 'a', 'k', \(id), \(version), '{}', '{}')
            """,
            """
            INSERT INTO campaign_history (tenant_id, campaign_id, version, from_status, command, to_status, actor,
                event_position, occurred_at)
            VALUES (1, \(id), \(version), \(from), \(command), \(to), 'test', \(id * 100 + Int64(version)), '2026-11-21')
            """,
        ]
    }

    private func attempt(_ database: Database, _ statements: [SQL]) async throws -> ServerError? {
        do {
            try await database.transaction { transaction in for statement in statements { transaction.write(statement) }
            }
            return nil
        } catch let error as ServerError {
            return error
        }
    }

    @Test("campaign_transitions and the machine name the same moves, pair by pair")
    func transitions() async throws {
        try await withSchema { (database: Database) async throws -> Void in
            let rows = try await database.read("SELECT from_status, command, to_status FROM campaign_transitions")
            let stored = Set(
                try rows.map {
                    "\(try $0["from_status"] as String) \(try $0["command"] as String) \(try $0["to_status"] as String)"
                })
            var moves: Set<String> = ["none consent pending"]
            for status in CampaignStatus.allCases {
                for command in CampaignCommand.allCases {
                    if case .move(let next, _)? = try? CampaignMachine(status).decide(command) {
                        moves.insert("\(status.rawValue) \(command.rawValue) \(next.rawValue)")
                    }
                }
            }
            #expect(stored == moves)
        }
    }

    @Test("a campaign begins pending at version 1, with its history and its event")
    func beginning() async throws {
        try await withSchema { (database: Database) async throws -> Void in
            #expect(
                try await self.attempt(database, [Self.insert(1, status: "active")])?.constraint
                    == "campaign_begins_pending")
            #expect(
                try await self.attempt(database, [Self.insert(1, version: 2)])?.constraint == "campaign_begins_pending")
            #expect(try await self.attempt(database, [Self.insert(1)])?.constraint == "transition_recorded")
            let birth = Self.record(1, version: 1, from: "none", command: "consent", to: "pending")
            #expect(try await self.attempt(database, [Self.insert(1), birth[0]])?.constraint == "transition_recorded")
            #expect(try await self.attempt(database, [Self.insert(1), birth[1]])?.constraint == "transition_recorded")
            #expect(try await self.attempt(database, [Self.insert(1)] + birth) == nil)
        }
    }

    @Test("every pair of statuses: what the machine cannot reach, no UPDATE reaches either")
    func updates() async throws {
        try await withSchema { (database: Database) async throws -> Void in
            let birth = Self.record(1, version: 1, from: "none", command: "consent", to: "pending")
            #expect(try await self.attempt(database, [Self.insert(1)] + birth) == nil)
            var status = CampaignStatus.pending
            var version = 1
            for next in [CampaignStatus.active, .paused, .pending, .deleted] {
                for target in CampaignStatus.allCases {
                    let isReachable = CampaignCommand.allCases.contains { command in
                        if case .move(target, _)? = try? CampaignMachine(status).decide(command) { true } else { false }
                    }
                    let deletion: SQL = target == .deleted ? "'2026-11-21'" : "NULL"
                    let jump: SQL =
                        "UPDATE campaigns SET status = \(target.rawValue), version = version + 1, deleted_at = \(deletion) WHERE tenant_id = 1 AND campaign_id = 1"
                    let refusal = try await self.attempt(database, [jump])
                    #expect(
                        refusal?.constraint == (isReachable ? "transition_recorded" : "campaign_transition_allowed"))
                    let stray: SQL =
                        "UPDATE campaigns SET status = \(target.rawValue), deleted_at = \(deletion) WHERE tenant_id = 1 AND campaign_id = 1"
                    let expected = target == status ? nil : "campaign_version_plus_one"
                    #expect(try await self.attempt(database, [stray])?.constraint == expected)
                }
                let command = try #require(
                    CampaignCommand.allCases.first { command in
                        if case .move(next, _)? = try? CampaignMachine(status).decide(command) { true } else { false }
                    })
                version += 1
                let deletion: SQL = next == .deleted ? "'2026-11-21'" : "NULL"
                let move: SQL =
                    "UPDATE campaigns SET status = \(next.rawValue), version = version + 1, deleted_at = \(deletion) WHERE tenant_id = 1 AND campaign_id = 1"
                #expect(
                    try await self.attempt(
                        database,
                        [move]
                            + Self.record(
                                1, version: version, from: status.rawValue, command: command.rawValue, to: next.rawValue
                            )) == nil)
                status = next
            }
        }
    }

    @Test("a second live campaign, another tenant's mailbox, a changed identity and an early purge are refused")
    func references() async throws {
        try await withSchema { (database: Database) async throws -> Void in
            let birth = Self.record(1, version: 1, from: "none", command: "consent", to: "pending")
            #expect(try await self.attempt(database, [Self.insert(1)] + birth) == nil)
            #expect(try await self.attempt(database, [Self.insert(2)])?.constraint == "one_live_campaign_per_mailbox")
            #expect(try await self.attempt(database, [Self.insert(3, mailbox: 20)])?.sqlState == "23503")
            #expect(
                try await self.attempt(database, ["UPDATE campaigns SET tenant_id = 2 WHERE campaign_id = 1"])?
                    .constraint == "campaign_keeps_identity")
            #expect(
                try await self.attempt(database, ["DELETE FROM campaigns WHERE tenant_id = 1"])?.constraint
                    == "campaign_purged_when_deleted")
            let impossible = Self.record(1, version: 2, from: "pending", command: "pause", to: "paused")
            #expect(try await self.attempt(database, impossible)?.sqlState == "23503")
        }
    }

    @Test("every tenant table has tenant_id first in every key, and every foreign key carries it")
    func catalogue() async throws {
        try await withSchema { (database: Database) async throws -> Void in
            let keys = try await database.read(
                """
                SELECT c.conrelid::regclass::text AS "table", c.conname AS name, a.attname AS first
                FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid AND NOT t.relispartition
                JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                WHERE c.contype IN ('p', 'u', 'f') AND t.relname NOT IN ('campaign_transitions', 'message_transitions', 'schema_migrations', 'encryption_keys', 'installation', 'operator_sessions', 'periodic_tasks', 'cluster_gauges')
                    AND NOT (c.contype = 'f' AND c.confrelid = 'campaign_transitions'::regclass)
                """)
            #expect(keys.count > 25)
            let wrongKeys: [String] = try keys.filter { try $0["first"] != "tenant_id" }.map { try $0["name"] }
            #expect(wrongKeys.isEmpty)
            let indexes = try await database.read(
                """
                SELECT i.indexrelid::regclass::text AS name, a.attname AS first FROM pg_index i
                JOIN pg_class t ON t.oid = i.indrelid AND NOT t.relispartition
                JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                WHERE i.indisunique AND t.relname NOT IN ('campaign_transitions', 'message_transitions', 'schema_migrations', 'encryption_keys', 'installation', 'operator_sessions', 'periodic_tasks', 'cluster_gauges')
                """)
            let wrongIndexes: [String] = try indexes.filter { try $0["first"] != "tenant_id" }.map { try $0["name"] }
            #expect(wrongIndexes.isEmpty)
        }
    }

    /// In a table without such a reference, an erased tenant could still get a row.
    @Test("a tenant that is gone can get no row: every table needs it, directly or by another that does")
    func roots() async throws {
        try await withSchema { (database: Database) async throws -> Void in
            let rootless = try await database.read(
                """
                WITH RECURSIVE rooted (id) AS (
                    SELECT 'tenants'::regclass::oid
                    UNION
                    SELECT c.conrelid FROM pg_constraint c JOIN rooted r ON c.confrelid = r.id
                    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] AND a.attname = 'tenant_id'
                    WHERE c.contype = 'f'
                )
                SELECT t.relname AS name FROM pg_class t
                JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
                JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
                WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition AND t.oid NOT IN (SELECT id FROM rooted)
                ORDER BY t.relname
                """
            ).map { try $0["name"] as String }
            // Receipts outlive the tenant. The partitioned tables are only written together with a row of the feed or of a lane.
            #expect(rootless == ["erasures", "events", "webhook_attempts"])
        }
    }
}
