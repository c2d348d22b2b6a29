package import Foundation
package import Logging
import Postgres
import Synchronization

/// Records when each API key was last used, in memory and written once a minute, so that no request waits for it.
package final class KeyUses: Sendable {
    private struct Key: Hashable {
        let tenant: Int64
        let id: Int64
    }

    private let database: Database
    private let uses = Mutex<[Key: Date]>([:])

    /// The maximum number of keys per transaction.
    private static let batch = 64

    init(_ database: Database) {
        self.database = database
    }

    package func note(_ identity: Identity, at now: Date) {
        uses.withLock { $0[Key(tenant: identity.tenantID, id: identity.keyID)] = now }
    }

    /// Writes the recorded uses once a minute, until cancelled. A shutdown loses at most the last minute.
    package func flushEveryMinute(logger: Logger) async {
        while (try? await Task.sleep(for: .seconds(60))) != nil {
            do { try await flush() } catch {
                logger.warning("Could not record the last uses of API keys", metadata: ["error": "\(error)"])
            }
        }
    }

    func flush() async throws {
        let noted = uses.withLock { uses in
            defer { uses = [:] }
            return uses.sorted { ($0.key.tenant, $0.key.id) < ($1.key.tenant, $1.key.id) }
        }
        for start in stride(from: 0, to: noted.count, by: Self.batch) {
            let batch = Array(noted[start..<min(start + Self.batch, noted.count)])
            do {
                try await database.transaction { transaction in
                    for (key, time) in batch {
                        transaction.write(KeyStore.noteUse(of: key.id, tenant: key.tenant, at: time))
                    }
                }
            } catch {
                // Keep the rest for the next minute, unless a later use has been recorded.
                uses.withLock { uses in
                    for (key, time) in noted[start...] { uses[key] = max(time, uses[key] ?? time) }
                }
                throw error
            }
        }
    }
}
