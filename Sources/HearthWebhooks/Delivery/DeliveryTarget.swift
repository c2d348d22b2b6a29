import Foundation
import HearthCore
import Postgres

/// The URL of an endpoint and the secrets that sign its deliveries.
package struct DeliveryTarget: Sendable {
    let url: String
    let secret: WebhookSecret
    /// The previous secret; also signs until it expires.
    let former: (secret: WebhookSecret, until: Date)?

    /// When the endpoint was last changed. If that is no longer the stored value, the target must be loaded again.
    let updatedAt: Date

    /// Columns of `webhook_endpoints`.
    static let columns = "url, secret, former_secret, former_until, updated_at"

    init(row: Row, of endpoint: Int64, tenant: Int64, keyRing: KeyRing) throws {
        let place = KeyRing.Place(tenant: tenant, row: endpoint, purpose: .webhookSecret)
        url = try row["url"]
        updatedAt = try row["updated_at"]
        secret = WebhookSecret(key: try keyRing.open(row["secret"], for: place))
        if let sealed: [UInt8] = try row[nullable: "former_secret"], let until: Date = try row[nullable: "former_until"]
        {
            former = (WebhookSecret(key: try keyRing.open(sealed, for: place)), until)
        } else {
            former = nil
        }
    }

    /// The value of `webhook-signature`, with the newest secret's signature first.
    func signature(id: String, timestamp: Int, body: [UInt8], at now: Date) -> String {
        let secrets = [secret] + (former.flatMap { $0.until > now ? [$0.secret] : nil } ?? [])
        return secrets.map { $0.signature(id: id, timestamp: timestamp, body: body) }.joined(separator: " ")
    }
}
