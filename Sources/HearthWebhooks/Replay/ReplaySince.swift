package import Foundation
package import HearthCore
package import Postgres

extension ReplayStore {
    /// Stores the job that replays all events since a time to an endpoint. Events from now on are not included.
    package static func start(
        since: Date, to endpoint: Int64, id: Int64, by caller: Caller, at now: Date, in transaction: inout Transaction
    ) throws -> Job {
        let feed = try transaction.query("SELECT position FROM tenant_feeds WHERE tenant_id = \(caller.tenantID)")
        let replay = ReplayEvents.Parameters(
            endpoint: endpoint, since: since, lastPosition: try feed.scalar("position") ?? 0)
        let job = Job(.eventReplay, id: id, parameters: replay.text, total: nil, by: caller, at: now)
        transaction.write(JobStore.insertion(of: job))
        return job
    }
}
