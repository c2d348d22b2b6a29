import Foundation
import HTTPTypes
import HearthTesting
import Hummingbird
import HummingbirdTesting
import Postgres
import StrictJSON
import Synchronization
import Testing

@testable import HearthCore
@testable import HearthWeb

@Suite("Quarantine", .timeLimit(.minutes(1)))
struct QuarantineTests {
    private func router(_ quarantine: Quarantine, _ database: Database) -> Router<AppContext> {
        TestApplication().router(errorMapping: APIError.init(infrastructure:)) { router in
            router.get("read") { _, _ in "read" }
            router.group().add(middleware: RefuseWhileQuarantined(quarantine: quarantine, database: database))
                .post("write") { _, _ in "written" }
        }
    }

    private func answers(_ quarantine: Quarantine, _ database: Database) async throws -> [String] {
        try await Application(router: router(quarantine, database)).test(.router) { client in
            let read = try await client.execute(uri: "/read", method: .get)
            let write = try await client.execute(uri: "/write", method: .post)
            #expect(write.status == .ok || write.headers[.retryAfter] != nil)
            return [read, write].map { $0.json?["code"]?.asString ?? $0.text }
        }
    }

    private static let release: SQL =
        """
        INSERT INTO installation (database_oid, resumed_at)
        SELECT oid, '2020-01-01' FROM pg_database WHERE datname = current_database()
        ON CONFLICT (singleton) DO UPDATE SET database_oid = excluded.database_oid
        """

    @Test("writes are refused while it is not known, reads are answered")
    func unknown() async throws {
        var settings = DatabaseSettings(uri: "postgresql://127.0.0.1:1/nothing")
        settings.queueDeadline = .milliseconds(20)
        let away = try Database(settings)
        let quarantine = Quarantine()
        #expect(try await answers(quarantine, away) == ["read", "SERVICE_BUSY"])
        await away.shutdown(drain: .zero)
    }

    @Test("a look that a new connection has put in doubt is done again before a write")
    func doubt() async throws {
        try await TestService.with { service in
            let quarantine = Quarantine()
            _ = try await service.database.write("DELETE FROM installation")
            #expect(try await answers(quarantine, service.database) == ["read", "QUARANTINED"])
            _ = try await service.database.write(Self.release)
            _ = try await quarantine.look(service.database)
            #expect(try await answers(quarantine, service.database) == ["read", "written"])
            // A new connection may lead to another database.
            _ = try await service.database.write("DELETE FROM installation")
            quarantine.doubt()
            #expect(try await answers(quarantine, service.database) == ["read", "QUARANTINED"])
        }
    }

    private final class Counts: Sendable {
        private let counts = Mutex((begun: 0, ended: 0))
        var figures: (begun: Int, ended: Int) { counts.withLock { $0 } }
        func begin() { counts.withLock { $0.begun += 1 } }
        func end() { counts.withLock { $0.ended += 1 } }
    }

    private func reaches(_ isSo: () -> Bool) async throws {
        while !isSo() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test("a worker is stopped when the database is exchanged for a copy, and begins again afterwards")
    func worker() async throws {
        try await TestService.with { service in
            let (quarantine, runs) = (Quarantine(), Counts())
            let hold = QuarantineHold(quarantine: quarantine, database: service.database)
            let task = Task {
                try await hold.whileServing {
                    runs.begin()
                    try? await Task.sleep(for: .seconds(3_600))
                    runs.end()
                }
            }
            try await reaches { runs.figures.begun == 1 }
            _ = try await service.database.write("DELETE FROM installation")
            quarantine.doubt()
            _ = try await quarantine.look(service.database)
            try await reaches { runs.figures.ended == 1 }
            #expect(runs.figures == (1, 1))
            _ = try await service.database.write(Self.release)
            _ = try await quarantine.look(service.database)
            try await reaches { runs.figures.begun == 2 }
            task.cancel()
            try await task.value
            #expect(runs.figures == (2, 2))
        }
    }
}
