import HTTPTypes
package import HearthCampaigns
package import HearthCore
import HearthRules
import HearthWeb
import Postgres
import StrictJSON

/// `PATCH /campaigns/{id}` with an empty body, as in Mailivery's API: creates a link with which the campaign's owner
/// connects the same mailbox again.
package struct ReconnectCampaign: Sendable {
    let dependencies: Dependencies

    package init(dependencies: Dependencies) {
        self.dependencies = dependencies
    }

    package func answer(_ campaign: Campaign, for identity: Identity, call: IdempotentCall) async throws
        -> RecordedAnswer
    {
        let consent = try await Reconnect(dependencies).consent(for: .init(campaign), identity: identity)
        return try await dependencies.database.transaction { transaction in
            guard let row = try transaction.query(consent.insertion).first else { throw APIError.campaignNotFound }
            let hasEndpoint: Bool = try row["has_endpoint"]
            let answer = Envelope.prepared(
                code: "RECONNECT_URL_CREATED",
                message:
                    "Send the mailbox owner to data.reconnectUrl. The tokens are replaced when the owner has consented.",
                warnings: hasEndpoint ? [] : ["NO_WEBHOOK_ENDPOINT"], headers: [.eTag: campaign.settingsTag.text]
            ) {
                campaign.write(to: &$0) { json in
                    json.array("updatedFields") { _ in }
                    json.member("reconnectUrl", consent.url)
                    json.member("url", consent.url)
                    json.member("reconnect_consent_id", consent.id)
                    json.member("expires_at", RFC3339.format(consent.expiresAt))
                }
            }
            return try call.record(answer, in: &transaction)
        }
    }
}
