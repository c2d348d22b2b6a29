import Foundation
import HTTPTypes
package import HearthCore
package import HearthMailboxes
import HearthRules
import HearthWeb
import Postgres

/// Runs the jobs of `POST /campaigns/actions`, a few campaigns at a time. Each campaign is a separate commit. If a process
/// dies and a campaign is processed again, it is already in the requested state.
package struct RunCampaignActions: JobRunner {
    package let kind = Job.Kind.campaignActions
    private let jobs: JobStore
    private let campaigns: CampaignStore
    private let commands: CommandCampaign
    private let changes: ChangeCampaign

    /// Campaigns processed concurrently. Each waits for Microsoft for at most ten seconds, well within a job's lease.
    private static let slice = 8

    package init(_ connections: Connections) {
        let dependencies = connections.dependencies
        jobs = JobStore(database: dependencies.workDatabase)
        campaigns = CampaignStore(database: dependencies.workDatabase)
        commands = CommandCampaign(connections, database: dependencies.workDatabase)
        changes = ChangeCampaign(dependencies, database: dependencies.workDatabase)
    }

    package func step(_ job: Job) async throws -> JobStep {
        let wanted = try CampaignActions(text: job.parameters)
        var step: JobStep
        let ids: [Int64]
        switch wanted.selection {
        case .units, .ids:
            ids = try await jobs.units(of: job, from: job.position, limit: Self.slice)
            step = JobStep(position: job.position + Int64(ids.count))
            step.isFinished = ids.count < Self.slice || step.position == job.total
        case .filter(var filter):
            // Exclude campaigns created while the job runs.
            filter.createdUntil = job.createdAt
            if job.total == nil {
                return JobStep(position: 0, total: try await campaigns.count(filter, of: job.tenantID))
            }
            ids = try await campaigns.list(
                filter, page: PageRequest(of: .campaigns, after: job.position, limit: Self.slice), of: job.tenantID
            ).elements.map(\.id)
            step = JobStep(position: ids.last ?? job.position)
            step.isFinished = ids.count < Self.slice
        }
        step.problems = try await act(wanted, on: ids, by: job.caller)
        step.succeeded = Int64(ids.count - step.problems.count)
        return step
    }

    private func act(_ wanted: CampaignActions, on ids: [Int64], by caller: Caller) async throws -> [JobProblem] {
        try await withThrowingTaskGroup(of: JobProblem?.self) { group in
            for id in ids { group.addTask { try await act(wanted, on: id, by: caller) } }
            return try await group.reduce(into: []) { problems, problem in
                if let problem { problems.append(problem) }
            }
        }
    }

    /// Returns a refusal as the campaign's problem. Throws a fault of the database, so that the slice is repeated.
    private func act(_ wanted: CampaignActions, on id: Int64, by caller: Caller) async throws -> JobProblem? {
        do {
            if let command = wanted.action.command {
                try await commands.run(command, on: id, by: caller) { _, _ in }
            } else if let changes = wanted.changes {
                try await self.changes.run(changes, on: id, by: caller, if: nil) { _, _ in }
            }
            return nil
        } catch {
            let refusal = error as? APIError ?? APIError(infrastructure: error)
            guard let refusal, refusal.code.hasPrefix("CONNECTION_") || refusal.status.code < 500 else { throw error }
            return JobProblem(unit: id, code: refusal.code, message: refusal.message)
        }
    }
}
