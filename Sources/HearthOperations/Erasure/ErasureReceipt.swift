import Foundation
import Postgres
import StrictJSON

/// The record of an erasure: its subject, cause and times, and how many rows of each table were erased.
struct ErasureReceipt: Sendable {
    enum Subject: String, Sendable { case mailbox, tenant }

    enum Cause: String, Sendable {
        /// `hearth erase`.
        case `operator`
        /// The retention period after a deletion was over.
        case retention
    }

    let id: Int64
    let tenantID: Int64
    let subject: Subject
    let subjectID: Int64
    let cause: Cause
    var rows: [String: Int] = [:]

    mutating func count(_ rows: Int, of table: String) {
        if rows > 0 { self.rows[table, default: 0] += rows }
    }

    var total: Int { rows.values.reduce(0, +) }

    private var rowsText: JSONText {
        var writer = JSONWriter()
        writer.object { json in
            for (table, count) in rows.sorted(by: { $0.key < $1.key }) { json.member(table, count) }
        }
        return JSONText(text: writer.text)
    }

    /// - Parameter finishedAt: nil while it runs.
    func insertion(beganAt: Date, finishedAt: Date?) -> SQL {
        """
        INSERT INTO erasures (tenant_id, erasure_id, subject, subject_id, cause, rows, began_at, finished_at)
        VALUES (\(tenantID), \(id), \(subject.rawValue), \(subjectID), \(cause.rawValue), \(rowsText)::jsonb, \(beganAt),
            \(finishedAt))
        """
    }

    func update(finishedAt: Date?) -> SQL {
        """
        UPDATE erasures SET rows = \(rowsText)::jsonb, finished_at = \(finishedAt)
        WHERE tenant_id = \(tenantID) AND erasure_id = \(id)
        """
    }
}
