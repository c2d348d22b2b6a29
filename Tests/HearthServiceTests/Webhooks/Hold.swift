import Dispatch
import Postgres

/// Holds a row lock in its own transaction from `take` to `release`.
struct Hold {
    private let mayEnd: DispatchSemaphore
    private let holder: Task<Void, any Error>

    /// Returns once the lock is held.
    static func take(_ statement: SQL, on database: Database) async throws -> Hold {
        let (isHeld, held) = AsyncStream<Void>.makeStream()
        let mayEnd = DispatchSemaphore(value: 0)
        let holder = Task {
            defer { held.finish() }
            try await database.transaction { transaction in
                _ = try transaction.query(statement)
                held.yield()
                mayEnd.wait()
            }
        }
        for await _ in isHeld { break }
        return Hold(mayEnd: mayEnd, holder: holder)
    }

    private init(mayEnd: DispatchSemaphore, holder: Task<Void, any Error>) {
        self.mayEnd = mayEnd
        self.holder = holder
    }

    func release() async throws {
        mayEnd.signal()
        try await holder.value
    }
}
