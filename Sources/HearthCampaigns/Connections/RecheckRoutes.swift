import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes that check connections on request.
struct RecheckRoutes {
    let recheck: RecheckConnections

    /// `GET` and `POST /campaigns/connections/recheck`: all connections of the account, checked by the worker.
    func all(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try await write.once { call in try await recheck.all(of: context.tenantID, call: call) }
    }

    /// `POST /campaigns/{id}/recheck`: one connection, checked now.
    func one(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try context.campaignID()
        _ = try await recheck.campaigns.find(id, of: context.tenantID)
        return try await write.once { call in
            try await recheck.one(id, of: context.tenantID, call: call)
        }
    }
}
