package import Foundation
package import HearthCore
import HearthMailboxes
import HearthWeb
package import Hummingbird
package import Postgres
import StrictJSON

/// Routes with information about the caller's account.
package struct AccountRoutes: PartnerFeature {
    let database: Database
    let now: @Sendable () -> Date

    package init(database: Database, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    package func addRoutes(to partners: PartnerRoutes) {
        let reading = partners.reading(.campaignsRead)
        reading.get("account/limits", use: limits)
        reading.get("account/warnings", use: warnings)
    }

    /// `GET /account/warnings`: what will stop working unless somebody acts.
    package func warnings(_ request: Request, context: TenantContext) async throws -> Response {
        let overview = try await TenantWarnings(database: database).overview(of: context.tenantID, at: now())
        return Envelope.response(code: "ACCOUNT_WARNINGS_FETCHED", message: "Account warnings fetched") { json in
            json.object { json in
                json.member("total", overview.total)
                json.array("warnings") { json in
                    for warning in overview.warnings { warning.write(to: &json) }
                }
            }
        }
    }

    /// `GET /account/limits`: the daily pool and how much of it is reserved by active campaigns.
    package func limits(_ request: Request, context: TenantContext) async throws -> Response {
        guard let limits = try await AccountLimits.read(of: context.tenantID, from: database) else {
            throw APIError.notFound
        }
        return Envelope.response(code: "ACCOUNT_LIMITS_FETCHED", message: "Account limits fetched") { json in
            json.object { json in
                json.object("email_per_day") { json in
                    json.member("total", limits.total)
                    json.member("used", limits.used)
                    json.member("available", limits.total - limits.used)
                }
                json.member("email_accounts", limits.mailboxes)
                json.member("email_accounts_need_attention", limits.attention)
                // The warm-up engine is not installed, so nothing has been sent.
                json.member("emails_sent_today", 0)
            }
        }
    }
}
