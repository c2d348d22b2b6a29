import Foundation
import Postgres
import TestSupport
import Testing

@testable import HearthCore

@Suite("Idempotency keys that have had their time", .timeLimit(.minutes(2)))
struct ForgetIdempotencyKeysTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    @Test("however many there are, no statement removes more than it can in its time, and none is left")
    func inBatches() async throws {
        try await TestDatabase.migrated { test in
            try await test.connected { database in
                for statement: SQL in [
                    "INSERT INTO tenants (tenant_id, name, created_at) VALUES (1, 'T', \(Self.now)), (2, 'U', \(Self.now))",
                    """
                    INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status_code, answer, created_at, expires_at)
                    SELECT t, 'k' || n, sha256('x'), 200, '\\x00', \(Self.now),
                        CASE WHEN n % 2 = 0 THEN \(Self.now) ELSE \(Self.now) + interval '1 second' END
                    FROM generate_series(1, 10000) n, generate_series(1, 2) t
                    """,
                    """
                    CREATE FUNCTION refuse_many() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        IF (SELECT count(*) FROM gone) > 2000 THEN RAISE EXCEPTION 'too many at once'; END IF;
                        RETURN NULL;
                    END $$
                    """,
                    """
                    CREATE TRIGGER refuse_many AFTER DELETE ON idempotency_keys REFERENCING OLD TABLE AS gone
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_many()
                    """,
                ] {
                    _ = try await database.write(statement)
                }
                try await ForgetIdempotencyKeys(database: database, now: { Self.now }).run()
                let left = try await database.read(
                    "SELECT count(*) AS all, count(*) FILTER (WHERE expires_at <= \(Self.now)) AS old FROM idempotency_keys"
                )
                #expect(try left.scalar("all") == 10_000)
                #expect(try left.scalar("old") == 0)
            }
        }
    }
}
