import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes for the deliverability of a mailbox.
///
/// The domain's DNS records are looked up. Values that only the warm-up engine could know, such as spam placement, are
/// null because it is not installed.
struct HealthScoreRoutes {
    let database: Database
    let domains: DomainCheck

    func score(_ request: Request, context: TenantContext) async throws -> Response {
        let findings = await domains.findings(for: try await domain(context))
        return Envelope.response(
            code: "GET_HEALTHSCORE_SUCCESSFULL", message: "Campaign healthscore fetched successful"
        ) { json in
            json.object { json in
                let report = findings.report
                json.member("grade", report.grade?.rawValue)
                json.member("spf", report.spf.verdict.rawValue)
                json.member("dmarc", report.dmarc.verdict.rawValue)
                json.member("mx", report.mx.verdict.rawValue)
                json.null("domain_age")
                json.null("warmup_duration_days")
                json.member("domain", findings.domain)
                json.object("records") { json in
                    json.member("spf", report.spf.record)
                    json.member("dmarc", report.dmarc.record)
                    json.array("mx") { json in
                        for host in report.mx.hosts { json.value(host) }
                    }
                }
                json.member("spf_lookups", report.spf.lookups)
                json.member("spf_passes_microsoft", report.spf.passesMicrosoft)
                json.member("dmarc_policy", report.dmarc.policy?.rawValue)
                json.array("problems") { json in
                    for problem in report.problems {
                        json.object { json in
                            json.member("code", problem.code.rawValue)
                            json.member("severity", problem.severity.rawValue)
                            json.member("message", problem.message)
                        }
                    }
                }
                json.member("checked_at", RFC3339.format(findings.checkedAt))
                json.member("engine", "not_installed")
            }
        }
    }

    /// Of 100 points, spam counts for 50, DNS for 30, domain age for 15 and duration for 5. Without the engine there is no
    /// score.
    func points(_ request: Request, context: TenantContext) async throws -> Response {
        let findings = await domains.findings(for: try await domain(context))
        let dns = findings.report.grade == nil ? nil : findings.report.soundRecords * 10
        return Envelope.response(
            code: "GET_HEALTHSCORE_POINTS_SUCCESSFULL", message: "Campaign healthscore points fetched successful"
        ) { json in
            json.object { json in
                json.null("health_score")
                json.member("health_score_status", "Warming up")
                json.object("points") { json in
                    json.null("spam")
                    json.member("dns", dns)
                    json.null("domain_age")
                    json.null("duration")
                }
                json.member("engine", "not_installed")
            }
        }
    }

    /// Returns the domain of the address confirmed by Microsoft, in ASCII.
    private func domain(_ context: TenantContext) async throws -> String {
        let id = try context.campaignID()
        let row = try await database.read(
            """
            SELECT c.mailbox_address FROM campaigns c
            WHERE c.tenant_id = \(context.tenantID) AND c.campaign_id = \(id) AND c.status <> 'deleted'
            """
        ).first
        guard let row else { throw APIError.campaignNotFound }
        let address: String = try row["mailbox_address"]
        let key = (try? EmailAddress(address))?.key ?? address
        return String(key[(key.lastIndex(of: "@").map(key.index(after:)) ?? key.startIndex)...])
    }
}
