package import Foundation
package import Logging
import Postgres
import Synchronization

/// When each API key was last used: collected in memory and written once a minute, so that no request waits for it.
package final class KeyUses: Sendable {
    private struct Key: Hashable {
        let tenant: Int64
        let id: Int64
    }

    private let database: Database
    private let uses = Mutex<[Key: Date]>([:])

    /// Keys that are written in one pipeline.
    private static let batch = 64

    init(_ database: Database) {
        self.database = database
    }

    package func note(_ identity: Identity, at now: Date) {
        uses.withLock { $0[Key(tenant: identity.tenantID, id: identity.keyID)] = now }
    }

    /// Writes what was noted, until cancelled. What a stop loses is at most a minute of it.
    package func flushEveryMinute(logger: Logger) async {
        while (try? await Task.sleep(for: .seconds(60))) != nil {
            do { try await flush() } catch {
                logger.warning("The last uses of API keys were not written down", metadata: ["error": "\(error)"])
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
                // The rest is for the next minute, unless a later use has been noted.
                uses.withLock { uses in
                    for (key, time) in noted[start...] { uses[key] = max(time, uses[key] ?? time) }
                }
                throw error
            }
        }
    }
}
