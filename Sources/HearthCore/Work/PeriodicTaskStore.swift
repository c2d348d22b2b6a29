import Foundation
import Postgres

/// The statements about `periodic_tasks`, which has no tenant.
package struct PeriodicTaskStore: Sendable {
    let database: Database

    /// The lease in seconds. It is renewed while a task runs, so that it only expires if the process has died.
    static let lease: TimeInterval = 15

    struct Standing: Sendable {
        let name: String
        let dueAt: Date
        let leaseUntil: Date?
        /// Consecutive runs that failed or whose process died.
        let failures: Int
        let lastSuccessAt: Date?

        func isDue(at now: Date) -> Bool { dueAt <= now && (leaseUntil.map { $0 <= now } ?? true) }
    }

    struct Claim: Sendable {
        let name: String
        let number: Int64
        let failures: Int
    }

    /// Registers the tasks and makes them due, so that each runs once when a process starts.
    func register(_ names: [String], at now: Date) async throws {
        _ = try await database.write(
            """
            INSERT INTO periodic_tasks AS t (task, due_at) SELECT name, \(now) FROM unnest(\(names)) AS name ORDER BY name
            ON CONFLICT (task) DO UPDATE SET due_at = least(t.due_at, excluded.due_at)
            WHERE t.lease_until IS NULL OR t.lease_until <= excluded.due_at
            """)
    }

    func all() async throws -> [Standing] {
        try await database.read(
            "SELECT task, due_at, lease_until, failures, last_success_at FROM periodic_tasks ORDER BY task"
        ).map { row in
            Standing(
                name: try row["task"], dueAt: try row["due_at"], leaseUntil: try row[nullable: "lease_until"],
                failures: try row["failures"], lastSuccessAt: try row[nullable: "last_success_at"])
        }
    }

    /// Returns nil if another process claimed the task first. An expired lease counts as a failed run.
    func claim(_ name: String, at now: Date) async throws -> Claim? {
        try await database.write(
            """
            UPDATE periodic_tasks SET lease_until = \(now.addingTimeInterval(Self.lease)), lease_no = lease_no + 1,
                failures = failures + CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END
            WHERE task = \(name) AND due_at <= \(now) AND (lease_until IS NULL OR lease_until <= \(now))
            RETURNING lease_no, failures
            """
        ).first.map { Claim(name: name, number: try $0["lease_no"], failures: try $0["failures"]) }
    }

    /// - Returns: false if another process has taken over the task.
    func renew(_ claim: Claim, at now: Date) async throws -> Bool {
        try await database.write(
            """
            UPDATE periodic_tasks SET lease_until = \(now.addingTimeInterval(Self.lease))
            WHERE task = \(claim.name) AND lease_no = \(claim.number) AND lease_until IS NOT NULL
            """
        ).affected == 1
    }

    func succeed(_ claim: Claim, dueAt: Date, at now: Date) async throws {
        _ = try await database.write(
            """
            UPDATE periodic_tasks SET due_at = \(dueAt), lease_until = NULL, failures = 0, last_success_at = \(now)
            WHERE task = \(claim.name) AND lease_no = \(claim.number)
            """)
    }

    func fail(_ claim: Claim, dueAt: Date) async throws {
        _ = try await database.write(
            """
            UPDATE periodic_tasks SET due_at = \(dueAt), lease_until = NULL, failures = failures + 1
            WHERE task = \(claim.name) AND lease_no = \(claim.number)
            """)
    }

    /// Releases the claim of a cancelled run, so that another process can start the task at once.
    func release(_ claim: Claim) async throws {
        _ = try await database.write(
            "UPDATE periodic_tasks SET lease_until = NULL WHERE task = \(claim.name) AND lease_no = \(claim.number)")
    }
}
