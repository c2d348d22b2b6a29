package import Foundation
package import HearthCore
import HearthRules
import HearthWeb
package import Postgres
import StrictJSON

/// The job that resends all events since a given time that match an endpoint's current subscriptions, even those from
/// before the endpoint existed.
///
/// Each campaign's events are sent in order, in a lane of their own. Only about ``window`` of them are queued at once, so
/// that the endpoint's new events do not wait behind a long backlog.
package struct ReplayEvents: JobRunner {
    let database: Database
    let now: @Sendable () -> Date

    package init(database: Database, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }
    package let kind = Job.Kind.eventReplay

    /// Events queued by one slice.
    static let slice = 200
    /// Deliveries of one replay that may be queued at once; exceeded by less than a slice.
    package static let window: Int64 = 400
    /// Seconds between checks of a full window.
    package static let pause: TimeInterval = 1

    package func step(_ job: Job) async throws -> JobStep {
        let replay = try Parameters(job.parameters)
        guard let endpoint = try await receiver(replay.endpoint, of: job.tenantID) else {
            let problem = JobProblem(
                unit: replay.endpoint, code: "WEBHOOK_ENDPOINT_NOT_FOUND",
                message: "The endpoint has been deleted.")
            return JobStep(position: job.position, problems: [problem], isFinished: true)
        }
        let total = job.total == nil ? try await count(replay, for: endpoint, of: job.tenantID) : nil
        if try await waiting(job, at: replay.endpoint) >= Self.window {
            return JobStep(position: job.position, total: total, pause: Self.pause)
        }
        let positions = try await positions(replay, for: endpoint, of: job)
        let now = now()
        return JobStep(
            position: positions.last ?? job.position, total: total, succeeded: Int64(positions.count),
            isFinished: positions.count < Self.slice,
            effect: { transaction in
                guard !positions.isEmpty else { return }
                transaction.write(
                    LaneStore.replay(
                        positions, since: replay.since, of: job.tenantID, to: replay.endpoint,
                        inLanes: Self.lanePrefix(job), at: now))
            })
    }

    /// The endpoint's current subscriptions.
    private struct Receiver {
        let id: Int64
        let events: [String]
        let ownerKey: String?
        var receivesAll: Bool { events.contains(EventType.every) }
    }

    private func receiver(_ id: Int64, of tenant: Int64) async throws -> Receiver? {
        try await database.read(
            """
            SELECT events, owner_key FROM webhook_endpoints
            WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND status <> 'deleted'
            """
        ).first.map { Receiver(id: id, events: try $0["events"], ownerKey: try $0[nullable: "owner_key"]) }
    }

    private func count(_ replay: Parameters, for endpoint: Receiver, of tenant: Int64) async throws -> Int64? {
        try await database.read(
            "SELECT count(*) AS count FROM events WHERE \(Self.condition(replay, for: endpoint, of: tenant, after: 0))"
        ).scalar("count")
    }

    private func positions(_ replay: Parameters, for endpoint: Receiver, of job: Job) async throws -> [Int64] {
        try await database.read(
            """
            SELECT position FROM events
            WHERE \(Self.condition(replay, for: endpoint, of: job.tenantID, after: job.position))
            ORDER BY position LIMIT \(Self.slice)
            """
        ).map { try $0["position"] }
    }

    private static func condition(
        _ replay: Parameters, for endpoint: Receiver, of tenant: Int64, after position: Int64
    ) -> SQL {
        """
        tenant_id = \(tenant) AND position > \(position) AND position <= \(replay.lastPosition)
            AND created_at >= \(replay.since) AND (\(endpoint.receivesAll) OR type = ANY(\(endpoint.events)))
            AND (\(endpoint.ownerKey == nil) OR owner_key = \(endpoint.ownerKey))
            AND endpoint_id IS DISTINCT FROM \(endpoint.id)
        """
    }

    /// The number of the job's deliveries that are neither accepted nor given up.
    private func waiting(_ job: Job, at endpoint: Int64) async throws -> Int64 {
        try await database.read(
            """
            SELECT coalesce(sum(l.last - l.next + 1), 0)::bigint AS waiting FROM (
                SELECT lane_key, next, last FROM webhook_lanes
                WHERE tenant_id = \(job.tenantID) AND endpoint_id = \(endpoint) AND due_at IS NOT NULL AND NOT is_frozen
                UNION ALL
                SELECT lane_key, next, last FROM webhook_lanes
                WHERE tenant_id = \(job.tenantID) AND endpoint_id = \(endpoint) AND due_at IS NOT NULL AND is_frozen
            ) AS l WHERE starts_with(l.lane_key, \(Self.lanePrefix(job)))
            """
        ).scalar("waiting") ?? 0
    }

    private static func lanePrefix(_ job: Job) -> String { WebhookLane.replayKey(job.id) + ":" }
}

extension ReplayEvents {
    /// The stored parameters of the job.
    package struct Parameters: Sendable, Equatable {
        package let endpoint: Int64
        package let since: Date
        /// Later events are delivered normally, so they are not replayed.
        let lastPosition: Int64

        struct Malformed: Error {}

        package init(endpoint: Int64, since: Date, lastPosition: Int64) {
            self.endpoint = endpoint
            self.since = since
            self.lastPosition = lastPosition
        }

        package var text: String {
            var json = JSONWriter()
            json.object { json in
                json.member("endpoint_id", endpoint)
                json.member("since", since)
                json.member("last_position", lastPosition)
            }
            return json.text
        }

        package init(_ text: String) throws {
            let object = try JSONParser().parse(Array(text.utf8)).value.asObject
            guard let endpoint = object?["endpoint_id"]?.asInteger, let last = object?["last_position"]?.asInteger,
                let since = object?["since"]?.asString.flatMap(RFC3339.parse)
            else { throw Malformed() }
            self.init(endpoint: endpoint, since: since, lastPosition: last)
        }
    }
}
