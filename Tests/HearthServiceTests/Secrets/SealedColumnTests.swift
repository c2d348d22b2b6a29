import Foundation
import Postgres
import TestSupport
import Testing

@testable import HearthCore

/// Every sealed column is in the list, and its values are bound to their tenant, row and purpose.
@Suite("Sealed columns", .timeLimit(.minutes(2)))
struct SealedColumnTests {
    /// Columns of type bytea that need no seal: salts, and digests of something random or not secret.
    private static let digests: Set = [
        "api_keys.digest", "idempotency_keys.fingerprint", "audit_chains.link", "audit_chains.head",
        "audit_chains.cut_link", "audit_chains.checkpoint", "audit_entries.salt", "audit_entries.digest",
        "audit_entries.link", "audit_entries.erasure", "console_sessions.digest", "operator_sessions.digest",
        "mailbox_watches.secret_hash", "mailbox_watches.former_secret_hash",
    ]

    private static func ring() throws -> KeyRing {
        try KeyRing("k1:" + Data(repeating: 7, count: 32).base64EncodedString())
    }

    @Test("the list names every bytea column of the catalogue that is no digest, with its row's key")
    func catalogue() async throws {
        try await TestDatabase.migrated { test in
            try await test.connected { database in
                let rows = try await database.read(
                    """
                    SELECT t.relname || '.' || a.attname AS name, k.attname AS row, format_type(k.atttypid, NULL) AS type
                    FROM pg_attribute a
                    JOIN pg_class t ON t.oid = a.attrelid AND t.relkind IN ('r', 'p') AND NOT t.relispartition
                    JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
                    JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype = 'p' AND cardinality(c.conkey) <= 2
                    JOIN pg_attribute k ON k.attrelid = t.oid AND k.attnum = c.conkey[cardinality(c.conkey)]
                    WHERE t.relname <> 'tenant_logos' AND a.atttypid = 'bytea'::regtype AND a.attnum > 0 AND NOT a.attisdropped
                    """)
                let found = try rows.map {
                    "\(try $0["name"] as String) \(try $0["row"] as String) \(try $0["type"] as String)"
                }
                let sealed = Set(found.filter { text in !Self.digests.contains { text.hasPrefix($0 + " ") } })
                let listed = SealedColumn.all.map { "\($0) \($0.row) \($0.rowType)" }
                #expect(sealed == Set(listed))
                #expect(listed.count == Set(listed).count)
                // The query above skips tables with longer keys, so there must be none. Logos are public.
                let all: Int =
                    try await database.read(
                        """
                        SELECT count(*) AS count FROM pg_attribute a
                        JOIN pg_class t ON t.oid = a.attrelid AND t.relkind IN ('r', 'p') AND NOT t.relispartition
                        JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
                        WHERE a.atttypid = 'bytea'::regtype AND a.attnum > 0 AND NOT a.attisdropped
                            AND t.relname <> 'tenant_logos'
                        """
                    ).scalar("count") ?? 0
                #expect(all == found.count)
            }
        }
    }

    /// The purposes of values that only browsers keep: the console's cookies, and the signature in a form's URL.
    private static let elsewhere: Set<KeyRing.Purpose> = [.consoleSession, .openIDAttempt, .embedForm]

    @Test("every purpose has its column", arguments: Set(KeyRing.Purpose.allCases).subtracting(elsewhere))
    func purposes(_ purpose: KeyRing.Purpose) {
        #expect(SealedColumn.all.contains { $0.purpose == purpose && "\($0)" == purpose.rawValue })
    }

    @Test("a value opens in its place", arguments: SealedColumn.all)
    func ownPlace(_ column: SealedColumn) throws {
        let ring = try Self.ring()
        let sealed = try ring.seal(Array("secret".utf8), for: column.place(tenant: 1, row: "10"))
        #expect(try ring.open(sealed, for: column.place(tenant: 1, row: "10")) == Array("secret".utf8))
    }

    @Test("a value moved to another tenant, row or purpose does not open", arguments: SealedColumn.all)
    func otherPlace(_ column: SealedColumn) throws {
        let ring = try Self.ring()
        let sealed = try ring.seal(Array("secret".utf8), for: column.place(tenant: 1, row: "10"))
        var others = [
            column.place(tenant: 2, row: "10"), column.place(tenant: 1, row: "11"), column.place(tenant: 11, row: "0"),
            column.place(tenant: 1, row: "1"), column.place(tenant: 1, row: "10 "),
        ]
        others += SealedColumn.all.filter { $0.purpose != column.purpose }.map { $0.place(tenant: 1, row: "10") }
        #expect(others.count >= 10)
        for place in others {
            #expect(throws: KeyRing.Failure.notAuthentic) { try ring.open(sealed, for: place) }
        }
    }

    @Test("a value whose bytes were changed, or of another key, does not open")
    func altered() throws {
        let ring = try Self.ring()
        let place = KeyRing.Place(tenant: 1, row: 10, purpose: .refreshToken)
        let sealed = try ring.seal(Array("secret".utf8), for: place)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: KeyRing.Failure.self) { try ring.open(changed, for: place) }
        }
        for end in sealed.indices {
            #expect(throws: KeyRing.Failure.self) { try ring.open(Array(sealed[..<end]), for: place) }
        }
        let other = try KeyRing("k2:" + Data(repeating: 7, count: 32).base64EncodedString())
        #expect(throws: KeyRing.Failure.keyMissing(id: "k1")) { try other.open(sealed, for: place) }
        let sameName = try KeyRing("k1:" + Data(repeating: 8, count: 32).base64EncodedString())
        #expect(throws: KeyRing.Failure.notAuthentic) { try sameName.open(sealed, for: place) }
        #expect(KeyRing.keyID(of: sealed) == "k1")
        #expect(ring.fingerprint(of: "k1") == other.fingerprint(of: "k2"))
        #expect(ring.fingerprint(of: "k1") != sameName.fingerprint(of: "k1"))
    }
}
