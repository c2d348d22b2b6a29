package import HearthCore
import Postgres

/// A mailbox with due work, which is the unit of both workers.
package struct DueMailbox: DueWork {
    let tenantID: Int64
    let mailboxID: Int64

    package var place: WorkPlace<Int64> { WorkPlace(tenant: tenantID, unit: mailboxID) }

    /// Read for each free slot, because some belong to tenants at their limit.
    private static let lookahead = 4

    /// Reads due mailboxes.
    ///
    /// - Parameter statement: selects `tenant_id` and `mailbox_id`, up to a limit, leaving out some tenants.
    static func look(
        _ room: WorkRoom<Int64>, in database: Database, _ statement: (_ limit: Int, _ without: [Int64]) -> SQL
    ) async throws -> WorkLook<DueMailbox> {
        let limit = room.free * lookahead
        let due = try await database.read(statement(limit, room.fullTenants.sorted())).map {
            DueMailbox(tenantID: try $0["tenant_id"], mailboxID: try $0["mailbox_id"])
        }
        return WorkLook(due: due.filter { !room.isFull($0.place) }, hasMore: due.count == limit)
    }

    /// The order in which all transactions lock.
    static func inOrder(_ left: DueMailbox, _ right: DueMailbox) -> Bool {
        (left.tenantID, left.mailboxID) < (right.tenantID, right.mailboxID)
    }
}
