import Foundation
import Postgres
import StrictJSON

/// Work in slices, as it is stored.
struct Job: Sendable {
    enum Kind: String, Sendable, CaseIterable, PostgresEncodable, PostgresDecodable {
        case campaignActions = "campaign_actions"
        case eventReplay = "event_replay"

        /// Which scope a key needs to see such a job, and to cancel it.
        var scopes: (read: Scope, write: Scope) {
            switch self {
            case .campaignActions: (.campaignsRead, .campaignsWrite)
            case .eventReplay: (.webhooks, .webhooks)
            }
        }
    }

    enum Status: String, Sendable, PostgresEncodable, PostgresDecodable {
        case running, completed, cancelled, failed
    }

    /// Why it ended before it was done.
    enum EndReason: String, Sendable, CaseIterable, PostgresEncodable, PostgresDecodable {
        case requested = "REQUESTED"
        /// The key that began it was revoked. One that has merely expired lets its jobs finish.
        case keyRevoked = "KEY_REVOKED"
        case memberRemoved = "MEMBER_REMOVED"
        case givenUp = "GIVEN_UP"
    }

    let id: Int64
    let tenantID: Int64
    let kind: Kind
    var status: Status
    /// JSON, as the kind's runner wrote it.
    let parameters: String
    /// Where the next slice begins.
    let position: Int64
    let total: Int64?
    let succeeded: Int64
    let failed: Int64
    let lease: Int64
    let stumbles: Int
    let actor: String
    let requestID: String?
    /// Where it was asked for from.
    let source: String?
    let createdAt: Date
    var updatedAt: Date
    var finishedAt: Date?
    var endReason: EndReason?

    /// In whose name its commands run.
    var caller: Caller { Caller(tenantID: tenantID, actor: actor, requestID: requestID, source: source) }

    static let columns =
        """
        j.job_id, j.tenant_id, j.kind, j.status, j.parameters, j.position, j.total, j.succeeded, j.failed, j.lease_no,
        j.stumbles, j.actor, j.request_id, j.source, j.created_at, j.updated_at, j.finished_at, j.end_reason
        """
}

extension Job {
    init(row: Row) throws {
        self.init(
            id: try row["job_id"], tenantID: try row["tenant_id"], kind: try row["kind"], status: try row["status"],
            parameters: (try row["parameters"] as JSONText).text, position: try row["position"],
            total: try row[nullable: "total"], succeeded: try row["succeeded"], failed: try row["failed"],
            lease: try row["lease_no"], stumbles: try row["stumbles"], actor: try row["actor"],
            requestID: try row[nullable: "request_id"], source: try row[nullable: "source"],
            createdAt: try row["created_at"],
            updatedAt: try row["updated_at"], finishedAt: try row[nullable: "finished_at"],
            endReason: try row[nullable: "end_reason"])
    }

    /// A job that is about to be stored.
    init(_ kind: Kind, id: Int64, parameters: String, total: Int64?, by caller: Caller, at now: Date) {
        self.init(
            id: id, tenantID: caller.tenantID, kind: kind, status: .running, parameters: parameters, position: 0,
            total: total, succeeded: 0, failed: 0, lease: 0, stumbles: 0, actor: caller.actor,
            requestID: caller.requestID, source: caller.source, createdAt: now, updatedAt: now, finishedAt: nil,
            endReason: nil)
    }

    /// Stores the job; it leaves with the commit of the call that asked for it.
    ///
    /// - Parameter units: what it is to be done for, where that was given by name. They stand apart from the parameters, so
    ///   that a slice reads its own units alone.
    func insertion(units: [Int64]? = nil) -> SQL {
        """
        INSERT INTO jobs (tenant_id, job_id, kind, status, parameters, units, total, due_at, actor, request_id, source,
            created_at, updated_at)
        VALUES (\(tenantID), \(id), \(kind), 'running', \(JSONText(text: parameters)), \(units), \(total), \(createdAt),
            \(actor), \(requestID), \(source), \(createdAt), \(createdAt))
        """
    }

    func write(to json: inout JSONWriter, problems: [JobProblem]? = nil) {
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
struct JobProblem: Sendable, Equatable {
    let unit: Int64
    let code: String
    let message: String

    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", unit)
            json.member("code", code)
            json.member("message", message)
        }
    }
}
