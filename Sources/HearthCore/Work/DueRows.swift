package import Foundation
package import Logging
package import Postgres

/// A periodic task that settles rows whose time has come, each in a commit of its own.
package protocol DueRows: PeriodicTask {
    /// What a row is called in logs, such as `consent.id`.
    static var rowName: String { get }
    var database: Database { get }
    var work: WorkHints { get }
    var now: @Sendable () -> Date { get }
    var logger: Logger { get }

    /// A lock-free read over all tenants, the longest due first, by an index of what is due.
    func find(at now: Date, limit: Int) async throws -> [DueRow]

    /// Looks again under lock and settles the row, with its event.
    ///
    /// - Returns: false when there was nothing to do any more.
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

    /// Until no more is found. A row that cannot be settled holds up no other that was found with it.
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
                    "A row that is due could not be settled",
                    metadata: ["task": "\(Self.name)", "\(Self.rowName)": "\(row.id)", "error": "\(error)"])
            }
        }
        return (due.count, settled, failed)
    }
}
