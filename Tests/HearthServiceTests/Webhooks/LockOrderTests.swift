import Foundation
import HearthRules
import HearthTesting
import Postgres
import TestSupport
import Testing

@testable import HearthCampaigns
@testable import HearthCore
@testable import HearthMailboxes
@testable import HearthWebhooks

/// Concurrent commits of one tenant take their locks in the same order, so that neither has to be retried.
@Suite("The order of locks", .timeLimit(.minutes(2)))
struct LockOrderTests {
    /// Inserts a delegate whose token is used for a shared mailbox (1) and a mailbox whose campaign is pending (2), each with
    /// a campaign of the same number. An endpoint has received an event of the latter.
    private func insertMailboxes(_ service: TestService) async throws {
        try await service.insertTenant(1)
        try await service.insertEventPartitions()
        try await service.database.transaction { transaction in
            // Inserted without history, so the triggers that check each transition are off.
            transaction.write("SET LOCAL session_replication_role = replica")
            transaction.write("UPDATE tenant_pools SET reserved = 10 WHERE tenant_id = 1")
            transaction.write(
                """
                INSERT INTO mailboxes (tenant_id, mailbox_id, tid, oid, address, address_key, user_principal_name,
                    account_type, grant_id, created_at, updated_at)
                SELECT 1, n, gen_random_uuid(), gen_random_uuid(), address, address, address, 'organisation', n,
                    \(TestService.start), \(TestService.start)
                FROM unnest(\([1, 2]), \(["anna@corp.example", "bert@corp.example"])) AS row (n, address)
                """)
            transaction.write(
                """
                INSERT INTO grants (tenant_id, grant_id, mailbox_id, level, scopes, state, refresh_token, created_at,
                    refreshed_at)
                SELECT 1, n, n, 'warmup', '{mail.readwrite.shared}', 'live', 'x', \(TestService.start),
                    \(TestService.start)
                FROM unnest(\([1, 2])) AS n
                """)
            transaction.write(
                """
                INSERT INTO shared_mailboxes (tenant_id, shared_mailbox_id, mailbox_id, address, address_key,
                    verified_at, created_at, updated_at)
                VALUES (1, 3, 1, 'info@corp.example', 'info@corp.example', \(TestService.start), \(TestService.start),
                    \(TestService.start))
                """)
            transaction.write(
                """
                INSERT INTO campaigns (tenant_id, campaign_id, mailbox_id, consent_id, status, version, email, email_key,
                    mailbox_address, smtp_type, email_per_day, response_rate, with_rampup, rampup_speed, timezone,
                    sending_schedule, warmup_audience_type, created_at, updated_at)
                SELECT 1, n, n, n, status, 1, address, address, address, 'office 365', 10, 30, false, 'normal', 'UTC',
                    \(SchedulePreset.weekdays8To18.rawValue), 'all', \(TestService.start), \(TestService.start)
                FROM unnest(\([1, 2]), \(["active", "pending"]), \(["anna@corp.example", "bert@corp.example"]))
                    AS row (n, status, address)
                """)
            transaction.write(
                """
                INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, secret, status, created_at, updated_at)
                VALUES (1, 5, 'http://127.0.0.1:1/hook', '{*}', 'x', 'enabled', \(TestService.start),
                    \(TestService.start))
                """)
            transaction.write(
                """
                INSERT INTO webhook_lanes (tenant_id, endpoint_id, lane_key, next, last) VALUES (1, 5, 'campaign:2', 2, 1)
                """)
        }
    }

    @Test("a delegate with a shared mailbox and an active campaign ends while another campaign of its tenant starts")
    func delegateEndsDuringStart() async throws {
        try await TestService.with { service in
            try await insertMailboxes(service)
            let (starts, ends) = (Counter(), Counter())
            // When the start waits for this lane, it holds the lock on the pool, but not yet the one on the feed.
            let hold = try await Hold.take(
                "SELECT 1 FROM webhook_lanes WHERE tenant_id = 1 AND endpoint_id = 5 FOR UPDATE", on: service.database)
            async let started: Void = service.database.transaction { transaction in
                starts.increment()
                let lock = try CampaignLock.take(2, of: 1, for: .start, in: &transaction)
                CampaignTransition(
                    campaign: lock.campaign, command: .start, to: .active, event: .started, caller: .hearth(of: 1),
                    at: TestService.start
                ).write(to: &transaction)
            }
            try await service.lockWaits(1)
            async let ended: Void = EndMailbox(service.connections).disconnect(1, by: .hearth(of: 1)) { _, _, _ in
                ends.increment()
            }
            try await service.lockWaits(2)
            try await hold.release()
            try await started
            try await ended
            #expect(starts.value == 1, "the start was run again")
            #expect(ends.value == 1, "the disconnection was run again")
            let events: [String] = try await service.database.read(
                "SELECT type FROM events WHERE tenant_id = 1 ORDER BY position"
            ).map { try $0["type"] }
            #expect(
                events == [
                    "campaign.started", "shared_mailbox.disconnected", "campaign.connection_problem",
                    "mailbox.disconnected",
                ])
            let reserved: Int? = try await service.database.read(
                "SELECT reserved FROM tenant_pools WHERE tenant_id = 1"
            ).scalar("reserved")
            #expect(reserved == 10)
        }
    }

    @Test("events lock their lanes by key, whichever was appended first, and the feed after them")
    func events() async throws {
        try await TestService.with { service in
            try await service.insertTenant(1)
            try await service.insertEventPartitions()
            _ = try await service.database.write(
                """
                INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, secret, status, created_at, updated_at)
                VALUES (1, 5, 'http://127.0.0.1:1/hook', '{*}', 'x', 'enabled', \(TestService.start),
                    \(TestService.start))
                """)
            let append: @Sendable ([Int64]) async throws -> Void = { endpoints in
                try await service.database.transaction { transaction in
                    for event in endpoints.map({ OutboxEvent(testOf: $0, at: TestService.start) }) {
                        Outbox.append(event, tenant: 1, in: &transaction)
                    }
                }
            }
            try await append([7, 8])
            for endpoints in [[8], [8, 7]] as [[Int64]] {
                let hold = try await Hold.take(
                    "SELECT 1 FROM webhook_lanes WHERE tenant_id = 1 AND lane_key = 'endpoint:8' FOR UPDATE",
                    on: service.database)
                async let appended: Void = append(endpoints)
                try await service.lockWaits(1)
                let lane = try await service.database.write(
                    """
                    SELECT 1 FROM webhook_lanes WHERE tenant_id = 1 AND lane_key = 'endpoint:7' FOR UPDATE SKIP LOCKED
                    """)
                #expect(lane.isEmpty == endpoints.contains(7), "the first lane was not locked first")
                let feed = try await service.database.write(
                    "SELECT 1 FROM tenant_feeds WHERE tenant_id = 1 FOR UPDATE SKIP LOCKED")
                #expect(feed.count == 1, "the feed was locked before the lanes")
                try await hold.release()
                try await appended
            }
        }
    }

    @Test("the lanes of an endpoint that is enabled again are locked by their key, whatever is due first")
    func resumption() async throws {
        try await TestService.with { service in
            try await service.insertTenant(1)
            try await service.database.transaction { transaction in
                transaction.write(
                    """
                    INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, secret, status, disabled_reason,
                        created_at, updated_at)
                    VALUES (1, 5, 'http://127.0.0.1:1/hook', '{*}', 'x', 'disabled', 'requested', \(TestService.start),
                        \(TestService.start))
                    """)
                for (age, lane) in [(60.0, "campaign:2"), (30, "campaign:1")] {
                    transaction.write(
                        """
                        INSERT INTO webhook_lanes (tenant_id, endpoint_id, lane_key, next, last, due_at)
                        VALUES (1, 5, \(lane), 1, 1, \(TestService.start.addingTimeInterval(-age)))
                        """)
                    transaction.write(
                        """
                        INSERT INTO webhook_deliveries (tenant_id, endpoint_id, lane_key, number, event_position,
                            event_created_at)
                        VALUES (1, 5, \(lane), 1, 1, \(TestService.start.addingTimeInterval(-90)))
                        """)
                }
            }
            let hold = try await Hold.take(
                "SELECT 1 FROM webhook_lanes WHERE tenant_id = 1 AND lane_key = 'campaign:2' FOR UPDATE",
                on: service.database)
            async let enabled = service.database.transaction { transaction in
                try EndpointStore.change(
                    5, of: 1, to: EndpointChange(status: .enabled), at: TestService.start, in: &transaction)?.status
            }
            try await service.lockWaits(1)
            let free = try await service.database.write(
                "SELECT 1 FROM webhook_lanes WHERE tenant_id = 1 AND lane_key = 'campaign:1' FOR UPDATE SKIP LOCKED")
            #expect(free.isEmpty, "the first lane was not locked first")
            try await hold.release()
            #expect(try await enabled == .enabled)
            let due: [Date] = try await service.database.read("SELECT due_at FROM webhook_lanes WHERE tenant_id = 1")
                .map { try $0["due_at"] }
            #expect(due == [-90, -90].map(TestService.start.addingTimeInterval))
        }
    }

    @Test("an accepted delivery to an endpoint that has failed locks the endpoint before its lane")
    func acceptance() async throws {
        try await TestService.with { service in
            try await service.insertTenant(1)
            try await service.insertEventPartitions()
            try await service.database.transaction { transaction in
                transaction.write(
                    """
                    INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, secret, status, failures,
                        failing_since, created_at, updated_at)
                    VALUES (1, 5, 'http://127.0.0.1:1/hook', '{*}', 'x', 'enabled', 1, \(TestService.start),
                        \(TestService.start), \(TestService.start))
                    """)
                Outbox.append(OutboxEvent(testOf: 6, at: TestService.start), tenant: 1, in: &transaction)
            }
            let lanes = LaneStore(database: service.database, keyRing: service.dependencies.keyRing)
            let due = DueEndpoint(tenantID: 1, endpointID: 5, state: .open, isProbing: false, rows: 1)
            let lane = try #require(
                try await lanes.claim([WantedWork(due: due, count: 1)], at: TestService.start).first)
            let hold = try await Hold.take(
                "SELECT 1 FROM webhook_endpoints WHERE tenant_id = 1 AND endpoint_id = 5 FOR NO KEY UPDATE",
                on: service.database)
            let attempt = WebhookAttempt(
                status: 200, body: [], retryAfter: nil, duration: .zero, at: TestService.start)
            async let settled = lanes.accept(1, of: lane, attempt: attempt, keepsLease: false, at: TestService.start)
            try await service.lockWaits(1)
            let free = try await service.database.write(
                "SELECT 1 FROM webhook_lanes WHERE tenant_id = 1 FOR UPDATE SKIP LOCKED")
            #expect(free.count == 1, "the lane was locked first")
            try await hold.release()
            #expect(try await settled != nil)
            let row = try #require(
                try await service.database.read(
                    """
                    SELECT e.failures, l.next, d.status FROM webhook_endpoints e
                    JOIN webhook_lanes l ON l.tenant_id = 1 JOIN webhook_deliveries d ON d.tenant_id = 1
                    WHERE e.tenant_id = 1
                    """
                ).first)
            #expect(try row["failures"] == 0 && row["next"] == 2 && row["status"] == "delivered")
        }
    }
}

extension TestService {
    func insertEventPartitions() async throws {
        try await Partitions(database: database, now: dependencies.now).ensure()
    }

    /// Returns once `count` of the test's transactions wait for a lock.
    func lockWaits(_ count: Int) async throws {
        while true {
            let waiting: Int? = try await database.read(
                """
                SELECT count(*) AS count FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            ).scalar("count")
            if let waiting, waiting >= count { return }
            await Task.yield()
        }
    }
}
