import Foundation
import HearthCore
import HearthWeb
import Postgres
import StrictJSON

extension Operator {
    /// Erases a mailbox. Its id is unique across tenants.
    package func erase(mailbox id: Int64) async throws -> Answer {
        try await requireRelease()
        let tenant: Int64? = try await database.read("SELECT tenant_id FROM mailboxes WHERE mailbox_id = \(id)").scalar(
            "tenant_id")
        let clock = clock
        _ = try await now()
        let receipt: ErasureReceipt? = try await withLongStatements { patient in
            guard let tenant else { return nil }
            return try await EraseMailbox(
                database: patient, keyRing: settings.keyRing, ids: ids, now: { clock.now() }
            ).run(id, of: tenant, cause: .operator) {
                try await entry("mailbox.erase", subject: "erasure:\($0)", tenant: tenant, at: clock.now())
            }
        }
        guard let receipt else { throw OperatorRefusal("there is no mailbox \(id)") }
        return answer(receipt)
    }

    package func erase(tenant id: Int64) async throws -> Answer {
        try await requireRelease()
        let clock = clock
        _ = try await now()
        let receipt = try await withLongStatements { patient in
            try await EraseTenant(database: patient, ids: ids, now: { clock.now() }).run(id, cause: .operator)
        }
        guard let receipt else { throw OperatorRefusal("there is no tenant \(id); see: hearth tenant list") }
        return answer(receipt)
    }

    /// Ends a tenant immediately; its remaining data is erased within 30 days.
    package func deleteTenant(_ id: Int64) async throws -> Answer {
        let tenant = try await require(tenant: id)
        guard tenant.status != "deleted" else { throw OperatorRefusal("tenant \(id) is already deleted") }
        let now = try await now()
        let purgeAt = now.addingTimeInterval(DeleteTenant.retention)
        let entry = try await self.entry("tenant.delete", tenant: id, at: now)
        try await database.transaction { transaction in
            DeleteTenant.stop(id, purgeAt: purgeAt, at: now, in: &transaction)
            transaction.audit(entry)
        }
        return Answer(
            text:
                "Tenant \(id) is deleted: its keys, links and tokens no longer work. The remaining data is erased by \(RFC3339.format(purgeAt)); to erase it now, run: hearth erase --tenant \(id)"
        ) { json in
            json.member("tenant_id", id)
            json.member("status", "deleted")
            json.member("purge_at", RFC3339.format(purgeAt))
        }
    }

    /// Prevents an erasure in a restored copy that is mistaken for the original.
    private func requireRelease() async throws {
        guard try await Quarantine.isServing(database) else {
            throw OperatorRefusal("the database is in quarantine; run hearth resume-after-restore first")
        }
    }

    private func answer(_ receipt: ErasureReceipt) -> Answer {
        let lines = receipt.rows.sorted { $0.key < $1.key }.map { "  \($0.key)  \($0.value)" }
        let first =
            "The \(receipt.subject.rawValue) \(receipt.subjectID) is erased: \(receipt.total) rows. Receipt \(receipt.id). Backups contain it until they are deleted."
        return Answer(text: ([first] + lines).joined(separator: "\n")) { json in
            json.member("erasure_id", receipt.id)
            json.member("tenant_id", receipt.tenantID)
            json.member("subject", receipt.subject.rawValue)
            json.member("subject_id", receipt.subjectID)
            json.object("rows") { json in
                for (table, count) in receipt.rows.sorted(by: { $0.key < $1.key }) { json.member(table, count) }
            }
        }
    }
}
