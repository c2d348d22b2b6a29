package import Foundation
package import Postgres

/// The encryption keys that the database may still need. This small table, which has no tenant, saves searching all sealed
/// values at every start.
package struct KeyRegistry: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    package struct Entry: Sendable {
        package let id: String
        let fingerprint: String
        /// The end of the last announcement: until then a process may seal with the key.
        package let sealingUntil: Date

        package init(id: String, fingerprint: String, sealingUntil: Date) {
            self.id = id
            self.fingerprint = fingerprint
            self.sealingUntil = sealingUntil
        }
    }

    /// How long an announcement is valid, in seconds. It is renewed after a quarter of that.
    package static let life: TimeInterval = 120

    package func entries() async throws -> [Entry] {
        try await database.read("SELECT key_id, fingerprint, sealing_until FROM encryption_keys ORDER BY key_id").map {
            Entry(id: try $0["key_id"], fingerprint: try $0["fingerprint"], sealingUntil: try $0["sealing_until"])
        }
    }

    /// Returns the reason, as text, why the service cannot run with this ring; nil if it can.
    package func problem(with ring: KeyRing) async throws -> String? {
        for entry in try await entries() {
            guard let fingerprint = ring.fingerprint(of: entry.id) else {
                return
                    "HEARTH_ENCRYPTION_KEYS lacks the key '\(entry.id)', which sealed values still need. Put it back after the newest key; once hearth keys rotate has run, it can be removed"
            }
            guard fingerprint == entry.fingerprint else {
                return
                    "HEARTH_ENCRYPTION_KEYS has a different key under the id '\(entry.id)' than the key that sealed values in this database. Put the original key back, and give the new key a new id"
            }
        }
        return nil
    }

    /// Announces that this process seals with the ring's newest key. Must be repeated within ``life``.
    package func announce(_ ring: KeyRing, at now: Date) async throws {
        guard let fingerprint = ring.fingerprint(of: ring.newestID) else { return }
        _ = try await database.write(
            """
            INSERT INTO encryption_keys AS k (key_id, fingerprint, first_used_at, sealing_until)
            VALUES (\(ring.newestID), \(fingerprint), \(now), \(now.addingTimeInterval(Self.life)))
            ON CONFLICT (key_id) DO UPDATE SET sealing_until = greatest(k.sealing_until, excluded.sealing_until)
            """)
    }

    /// Removes a key that is no longer needed. Returns false if a process has announced it meanwhile.
    package func retire(_ id: String, at now: Date) async throws -> Bool {
        try await database.write("DELETE FROM encryption_keys WHERE key_id = \(id) AND sealing_until <= \(now)")
            .affected
            == 1
    }
}
