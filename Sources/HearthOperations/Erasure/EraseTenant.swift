import Foundation
import HearthCore
import Postgres

/// Erases a tenant and all its rows in all tables, in batches, and leaves a receipt.
///
/// If it is interrupted at any point, the next run continues it with the same receipt.
struct EraseTenant: Sendable {
    let database: Database
    let ids: IDSource
    let now: @Sendable () -> Date

    private static let batch = 2_000
    /// Other processes notice within a second that the tenant is deleted, and then finish what they are doing. Later passes
    /// erase what they write until then.
    private static let passes = 60
    private static let pause = Duration.milliseconds(250)

    struct StillWritten: Error, CustomStringConvertible {
        let description = "rows are still being written for this tenant; stop its traffic, then run this again"
    }

    /// - Returns: nil if there is neither such a tenant nor an unfinished erasure of it.
    func run(_ tenant: Int64, cause: ErasureReceipt.Cause) async throws -> ErasureReceipt? {
        guard var receipt = try await begin(tenant, cause: cause) else { return nil }
        try await stop(tenant)
        let tables = try await TenantTables(database).tables
        for pass in 0..<Self.passes {
            if pass > 1 { try await Task.sleep(for: Self.pause) }
            let before = receipt.total
            do {
                for table in tables where table.name != "tenants" {
                    try await erase(table, of: tenant, &receipt)
                }
                guard receipt.total == before else { continue }
                return try await finish(receipt)
            } catch let error as ServerError where error.sqlState == "23503" {
                // A new row refers to one that was to be deleted.
                continue
            }
        }
        throw StillWritten()
    }

    private func finish(_ receipt: ErasureReceipt) async throws -> ErasureReceipt {
        let now = now()
        return try await database.transaction { transaction in
            var receipt = receipt
            let tenant = receipt.tenantID
            receipt.count(
                try transaction.query("DELETE FROM tenants WHERE tenant_id = \(tenant)").affected, of: "tenants")
            transaction.write(receipt.update(finishedAt: now))
            return receipt
        }
    }

    private func begin(_ tenant: Int64, cause: ErasureReceipt.Cause) async throws -> ErasureReceipt? {
        let begun = try await database.read(
            """
            SELECT erasure_id, cause FROM erasures
            WHERE tenant_id = \(tenant) AND subject = 'tenant' AND finished_at IS NULL LIMIT 1
            """
        ).first
        if let begun {
            let counts = try await database.read(
                """
                SELECT r.key, r.value::bigint AS count FROM erasures e CROSS JOIN jsonb_each_text(e.rows) r
                WHERE e.tenant_id = \(tenant) AND e.erasure_id = \(try begun["erasure_id"] as Int64)
                """)
            return ErasureReceipt(
                id: try begun["erasure_id"], tenantID: tenant, subject: .tenant, subjectID: tenant,
                cause: ErasureReceipt.Cause(rawValue: try begun["cause"]) ?? cause,
                rows: Dictionary(uniqueKeysWithValues: try counts.map { (try $0["key"], try $0["count"]) }))
        }
        guard try await !database.read("SELECT 1 FROM tenants WHERE tenant_id = \(tenant)").isEmpty else { return nil }
        let receipt = ErasureReceipt(
            id: try await ids.next(), tenantID: tenant, subject: .tenant, subjectID: tenant, cause: cause)
        _ = try await database.write(receipt.insertion(beganAt: now(), finishedAt: nil))
        return receipt
    }

    /// Prevents any new work for the tenant.
    private func stop(_ tenant: Int64) async throws {
        let now = now()
        try await database.transaction { DeleteTenant.stop(tenant, purgeAt: now, at: now, in: &$0) }
    }

    private func erase(_ table: TenantTables.Table, of tenant: Int64, _ receipt: inout ErasureReceipt) async throws {
        while true {
            let last = receipt
            receipt = try await database.transaction { transaction in
                var receipt = last
                transaction.write("SELECT set_config('hearth.erasure', \(String(tenant)), true)")
                let erased = try transaction.query(
                    """
                    DELETE FROM \(unescaped: table.quoted) WHERE tenant_id = \(tenant) AND ctid = ANY(ARRAY(
                        SELECT ctid FROM \(unescaped: table.quoted) WHERE tenant_id = \(tenant) LIMIT \(Self.batch)))
                    """
                ).affected
                receipt.count(erased, of: table.name)
                if erased > 0 { transaction.write(receipt.update(finishedAt: nil)) }
                return receipt
            }
            if receipt.total == last.total { return }
        }
    }
}
