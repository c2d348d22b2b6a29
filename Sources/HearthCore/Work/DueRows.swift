package import Foundation
package import Logging
package import Postgres

/// A periodic task that settles due rows, each in a commit of its own.
package protocol DueRows: PeriodicTask {
    /// The log key of a row's id, such as `consent.id`.
    static var rowName: String { get }
    var database: Database { get }
    var work: WorkSignals { get }
    var now: @Sendable () -> Date { get }
    var logger: Logger { get }

    /// Reads the due rows of all tenants without locking, the longest due first, through an index of due rows.
    func find(at now: Date, limit: Int) async throws -> [DueRow]

    /// Locks the row, checks again that it is due, and settles it with its event.
    ///
    /// - Returns: false if the row no longer needed settling.
    func settle(_ row: DueRow, at now: Date, in transaction: inout Transaction) throws -> Bool
}

package struct DueRow: Sendable {
    package let tenantID: Int64
    package let id: Int64

    package init(tenantID: Int64, id: Int64) {
        self.tenantID = tenantID
        self.id = id
    }
}

/// Some rows could not be settled.
struct RowsLeft: Error, CustomStringConvertible {
    let count: Int
    var description: String { "\(count) rows could not be settled" }
}

extension DueRows {
    package static var period: TimeInterval { 10 }
    private static var batch: Int { 100 }

    /// Settles rows until no more are found. A row that cannot be settled does not block others of the same batch.
    package func run() async throws {
        while true {
            let (found, settled, failed) = try await settleSome()
            if failed > 0 { throw RowsLeft(count: failed) }
            if found < Self.batch || settled == 0 { return }
        }
    }

    @discardableResult
    func settleSome() async throws -> (found: Int, settled: Int, failed: Int) {
        let now = now()
        let due = try await find(at: now, limit: Self.batch)
        var (settled, failed) = (0, 0)
        for row in due {
            try Task.checkCancellation()
            do {
                guard try await database.transaction({ try settle(row, at: now, in: &$0) }) else { continue }
                settled += 1
                work.eventCommitted()
            } catch {
                failed += 1
                logger.warning(
                    "A due row could not be settled",
                    metadata: ["task": "\(Self.name)", "\(Self.rowName)": "\(row.id)", "error": "\(error)"])
            }
        }
        return (due.count, settled, failed)
    }
}
