import Foundation
import HearthCore
import Logging
import Postgres

/// Removes everything that has expired, once.
struct RetentionRun {
    let database: Database
    let settings: RetentionSettings
    let keyRing: KeyRing
    let ids: IDSource
    let now: @Sendable () -> Date
    let logger: Logger

    /// Seconds by which purges precede the promised time.
    private static let margin: TimeInterval = 86_400

    private var recorder: AuditRecorder { AuditRecorder(keyRing: keyRing, randomBytes: SecureRandom.bytes) }

    /// - Returns: the number of steps that failed.
    func run() async -> Int {
        let now = now()
        var failed = 0
        failed += await step("deleted tenants") { try await purgeTenants(at: now) }
        failed += await step("deleted mailboxes") { try await purgeMailboxes(at: now) }
        failed += await step("deleted campaigns") {
            try await PurgeCampaigns(database: database, recorder: recorder, now: self.now).run(
                deletedBefore: now.addingTimeInterval(-settings.campaigns))
        }
        for rule in RetentionRule.all(settings, at: now) {
            failed += await step(rule.table) { try await apply(rule) }
        }
        failed += await step("operator_sessions") {

            // They belong to no tenant, so no `RetentionRule` can remove them.
            try await database.write("DELETE FROM operator_sessions WHERE ends_at < \(now)").affected

        }
        failed += await step("months of events and attempts") { try await dropMonths(at: now) }
        return failed
    }

    /// Runs a step. Its failure is logged and does not affect other steps.
    ///
    /// - Returns: 1 if it failed, otherwise 0.
    private func step(_ name: String, _ body: () async throws -> Int) async -> Int {
        if Task.isCancelled { return 0 }
        do {
            let count = try await body()
            if count > 0 {
                logger.info("Removed expired rows", metadata: ["what": "\(name)", "rows": "\(count)"])
            }
            return 0
        } catch {
            logger.warning(
                "Could not remove expired rows; trying again",
                metadata: ["what": "\(name)", "error": "\(error)"])
            return 1
        }
    }

    private func apply(_ rule: RetentionRule) async throws -> Int {
        var removed = 0
        for row in try await database.read(rule.tenants) {
            let tenant: Int64 = try row["tenant_id"]
            while !Task.isCancelled {
                let recorder = recorder
                let count = try await database.transaction { transaction in
                    let count = try transaction.query(rule.remove(tenant)).affected
                    if count > 0 {
                        try Caller.hearth(of: tenant).note(
                            "retention.\(rule.table)", "tenant:\(tenant)", outcome: "\(count) rows", recorder,
                            at: now(),
                            in: &transaction)
                    }
                    return count
                }
                removed += count
                if count < RetentionRule.batch { break }
            }
        }
        return removed
    }

    private func purgeTenants(at now: Date) async throws -> Int {
        let due = try await database.read(
            "SELECT tenant_id FROM tenants WHERE purge_at < \(now.addingTimeInterval(Self.margin)) ORDER BY tenant_id")
        for row in due {
            _ = try await EraseTenant(database: database, ids: ids, now: self.now).run(
                row["tenant_id"], cause: .retention)
        }
        return due.count
    }

    private func purgeMailboxes(at now: Date) async throws -> Int {
        let due = try await database.read(
            """
            SELECT tenant_id, mailbox_id FROM mailboxes WHERE purge_at < \(now.addingTimeInterval(Self.margin))
            ORDER BY tenant_id, mailbox_id
            """)
        let erase = EraseMailbox(database: database, keyRing: keyRing, ids: ids, now: self.now)
        for row in due {
            let hearth = Caller.hearth(of: try row["tenant_id"])
            _ = try await erase.run(row["mailbox_id"], of: hearth.tenantID, cause: .retention) {
                try hearth.entry("mailbox.erase", "erasure:\($0)", outcome: nil, recorder, at: now)
            }
        }
        return due.count
    }

    private func dropMonths(at now: Date) async throws -> Int {
        let drop = DropOldPartitions(database: database)
        let cutoff = now.addingTimeInterval(-settings.events)
        // First, because a lane whose event is gone would wait for it forever.
        _ = try await GiveUpOldDeliveries(database: database, now: self.now).run(eventsBefore: cutoff)
        let events = try await drop.run(of: "events", before: cutoff)
        let attempts = try await drop.run(of: "webhook_attempts", before: now.addingTimeInterval(-settings.attempts))
        return events.count + attempts.count
    }
}
