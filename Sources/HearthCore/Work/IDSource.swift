package import Postgres
import Synchronization

/// Allocates numeric ids before the statement that stores them.
///
/// One `nextval` of the sequence `ids` allocates a block of 1,000, which the process uses up. Gaps are harmless. Ids are unique
/// over all tenants and below 2^53.
package final class IDSource: Sendable {
    private static let block: Int64 = 1_000

    private let database: Database
    private let remaining = Mutex<Range<Int64>>(0..<0)

    package init(_ database: Database) {
        self.database = database
    }

    package func next() async throws -> Int64 {
        while true {
            if let id = take() { return id }
            // Of two concurrent calls that find the block empty, each allocates a block, and one block stays unused.
            let rows = try await database.write("SELECT nextval('ids') AS first")
            guard let first: Int64 = try rows.scalar("first") else { throw DatabaseError.connectionLost }
            remaining.withLock { range in
                if range.isEmpty { range = first..<(first + Self.block) }
            }
        }
    }

    private func take() -> Int64? {
        remaining.withLock { range in
            guard !range.isEmpty else { return nil }
            defer { range = (range.lowerBound + 1)..<range.upperBound }
            return range.lowerBound
        }
    }
}
