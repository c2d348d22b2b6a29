package import Foundation
package import HearthRules
import HearthWeb
package import Postgres
package import StrictJSON

/// A stored job, which is done in slices.
package struct Job: Sendable {
    package enum Kind: String, Sendable, CaseIterable, PostgresEncodable, PostgresDecodable {
        case campaignActions = "campaign_actions"
        case eventReplay = "event_replay"

        /// The scopes that a key needs to see and to cancel a job of this kind.
        package var scopes: (read: Scope, write: Scope) {
            switch self {
            case .campaignActions: (.campaignsRead, .campaignsWrite)
            case .eventReplay: (.webhooks, .webhooks)
            }
        }
    }

    package typealias Status = JobStatus

    /// Why a job ended before it was complete.
    package enum EndReason: String, Sendable, CaseIterable, PostgresEncodable, PostgresDecodable {
        case requested = "REQUESTED"
        /// The key that started the job was revoked. Jobs of a key that merely expired are finished.
        case keyRevoked = "KEY_REVOKED"
        case memberRemoved = "MEMBER_REMOVED"
        case givenUp = "GIVEN_UP"
    }

    package let id: Int64
    package let tenantID: Int64
    package let kind: Kind
    package var status: Status
    /// JSON in the format of the kind's runner.
    package let parameters: String
    /// The position of the next slice.
    package let position: Int64
    package let total: Int64?
    package let succeeded: Int64
    package let failed: Int64
    package let lease: Int64
    package let retries: Int
    package let actor: String
    package let requestID: String?
    /// The network address from which the job was requested.
    package let source: String?
    package let createdAt: Date
    package var updatedAt: Date
    package var finishedAt: Date?
    var endReason: EndReason?

    package init(
        id: Int64, tenantID: Int64, kind: Kind, status: Status, parameters: String, position: Int64, total: Int64?,
        succeeded: Int64, failed: Int64, lease: Int64, retries: Int, actor: String, requestID: String?,
        source: String?, createdAt: Date, updatedAt: Date, finishedAt: Date? = nil, endReason: EndReason? = nil
    ) {
        self.id = id
        self.tenantID = tenantID
        self.kind = kind
        self.status = status
        self.parameters = parameters
        self.position = position
        self.total = total
        self.succeeded = succeeded
        self.failed = failed
        self.lease = lease
        self.retries = retries
        self.actor = actor
        self.requestID = requestID
        self.source = source
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.finishedAt = finishedAt
        self.endReason = endReason
    }

    /// The caller in whose name the job's commands run.
    package var caller: Caller { Caller(tenantID: tenantID, actor: actor, requestID: requestID, source: source) }

    package static let columns =
        """
        j.job_id, j.tenant_id, j.kind, j.status, j.parameters, j.position, j.total, j.succeeded, j.failed, j.lease_no,
        j.retries, j.actor, j.request_id, j.source, j.created_at, j.updated_at, j.finished_at, j.end_reason
        """
}

extension Job {
    package init(row: Row) throws {
        self.init(
            id: try row["job_id"], tenantID: try row["tenant_id"], kind: try row["kind"], status: try row["status"],
            parameters: (try row["parameters"] as JSONText).text, position: try row["position"],
            total: try row[nullable: "total"], succeeded: try row["succeeded"], failed: try row["failed"],
            lease: try row["lease_no"], retries: try row["retries"], actor: try row["actor"],
            requestID: try row[nullable: "request_id"], source: try row[nullable: "source"],
            createdAt: try row["created_at"],
            updatedAt: try row["updated_at"], finishedAt: try row[nullable: "finished_at"],
            endReason: try row[nullable: "end_reason"])
    }

    /// Creates a new job, to be stored.
    package init(_ kind: Kind, id: Int64, parameters: String, total: Int64?, by caller: Caller, at now: Date) {
        self.init(
            id: id, tenantID: caller.tenantID, kind: kind, status: .running, parameters: parameters, position: 0,
            total: total, succeeded: 0, failed: 0, lease: 0, retries: 0, actor: caller.actor,
            requestID: caller.requestID, source: caller.source, createdAt: now, updatedAt: now, finishedAt: nil,
            endReason: nil)
    }

    package func write(to json: inout JSONWriter, problems: [JobProblem]? = nil) {
        json.object { json in
            json.member("id", id)
            json.member("kind", kind.rawValue)
            json.member("status", status.rawValue)
            json.member("reason", endReason?.rawValue)
            json.member("total", total)
            json.member("succeeded", succeeded)
            json.member("failed", failed)
            if let problems {
                json.array("problems") { json in
                    for problem in problems { problem.write(to: &json) }
                }
            }
            json.member("created_at", RFC3339.format(createdAt))
            json.member("updated_at", RFC3339.format(updatedAt))
            json.member("finished_at", finishedAt.map(RFC3339.format))
        }
    }
}

/// A unit of a job that could not be done.
package struct JobProblem: Sendable, Equatable {
    package let unit: Int64
    package let code: String
    package let message: String

    package init(unit: Int64, code: String, message: String) {
        self.unit = unit
        self.code = code
        self.message = message
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", unit)
            json.member("code", code)
            json.member("message", message)
        }
    }
}
