import Foundation
import HearthWeb
import StrictJSON

/// The result of importing one campaign.
package struct ImportItem: Sendable {
    package enum Outcome: String, Sendable, CaseIterable {
        /// A link was created, or would be without `--dry-run`.
        case created
        /// A link from an earlier run is waiting for its owner.
        case open
        /// The mailbox is connected; its campaign has the old id.
        case connected
        /// It cannot be imported, and another run would not change that.
        case skipped
        case failed
    }

    let externalID: String
    let email: String?
    /// The campaign's status, as reported by the source.
    let sourceStatus: String?
    let outcome: Outcome
    var consentID: Int64?
    var campaignID: Int64?
    var url: String?
    var expiresAt: Date?
    var problem: String?
    var warnings: [String] = []

    init(_ campaign: SourceCampaign, _ outcome: Outcome, problem: String? = nil) {
        externalID = campaign.id
        email = campaign.email
        sourceStatus = campaign.status
        self.outcome = outcome
        self.problem = problem
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("external_id", externalID)
            json.member("email", email)
            json.member("source_status", sourceStatus)
            json.member("outcome", outcome.rawValue)
            json.member("consent_id", consentID)
            json.member("campaign_id", campaignID)
            json.member("url", url)
            json.member("expires_at", expiresAt.map(RFC3339.format))
            json.member("problem", problem)
            json.array("warnings") { json in
                for warning in warnings { json.value(warning) }
            }
        }
    }

    /// Returns a summary such as "12 created, 3 connected".
    static func words(for counts: [Outcome: Int]) -> String {
        let parts = Outcome.allCases.compactMap { outcome in counts[outcome].map { "\($0) \(outcome.rawValue)" } }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }

    var line: String {
        let rest = url ?? problem ?? campaignID.map { "campaign \($0)" } ?? ""
        return "\(externalID)  \(email ?? "?")  \(outcome.rawValue)  \(rest)"
    }
}

/// The progress of an import, for display.
package struct ImportProgress: Sendable {
    package let done: Int
    package let total: Int
    package let counts: [ImportItem.Outcome: Int]

    package var words: String { "\(done) of \(total): \(ImportItem.words(for: counts))" }
}
