package import Foundation
package import Postgres

/// Which encryption keys the database may still need: the small table that spares a start the search through all
/// sealed values. It belongs to no tenant.
package struct KeyRegistry: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    package struct Entry: Sendable {
        package let id: String
        let fingerprint: String
        /// Until then some process may seal with it, without saying so again.
        package let sealingUntil: Date

        package init(id: String, fingerprint: String, sealingUntil: Date) {
            self.id = id
            self.fingerprint = fingerprint
            self.sealingUntil = sealingUntil
        }
    }

    /// How long an announcement holds. It is renewed four times as often.
    package static let life: TimeInterval = 120

    package func entries() async throws -> [Entry] {
        try await database.read("SELECT key_id, fingerprint, sealing_until FROM encryption_keys ORDER BY key_id").map {
            Entry(id: try $0["key_id"], fingerprint: try $0["fingerprint"], sealingUntil: try $0["sealing_until"])
        }
    }

    /// What speaks against running with this ring, in words; nil when nothing does.
    package func objection(to ring: KeyRing) async throws -> String? {
        for entry in try await entries() {
            guard let fingerprint = ring.fingerprint(of: entry.id) else {
                return
                    "HEARTH_ENCRYPTION_KEYS lacks the key '\(entry.id)', which sealed values still need. Put it back behind the newest; hearth keys rotate makes it removable"
            }
            guard fingerprint == entry.fingerprint else {
                return
                    "HEARTH_ENCRYPTION_KEYS has another key under the id '\(entry.id)' than the one that sealed values here. Put that one back, and give a new key a new id"
            }
        }
        return nil
    }

    /// Says that this process seals with the ring's newest key. To be renewed within ``life``.
    package func announce(_ ring: KeyRing, at now: Date) async throws {
        guard let fingerprint = ring.fingerprint(of: ring.newestID) else { return }
        _ = try await database.write(
            """
            INSERT INTO encryption_keys AS k (key_id, fingerprint, first_used_at, sealing_until)
            VALUES (\(ring.newestID), \(fingerprint), \(now), \(now.addingTimeInterval(Self.life)))
            ON CONFLICT (key_id) DO UPDATE SET sealing_until = greatest(k.sealing_until, excluded.sealing_until)
            """)
    }

    /// Forgets a key that nothing needs any more. False when a process has announced it meanwhile.
    package func retire(_ id: String, at now: Date) async throws -> Bool {
        try await database.write("DELETE FROM encryption_keys WHERE key_id = \(id) AND sealing_until <= \(now)")
            .affected
            == 1
    }
}
