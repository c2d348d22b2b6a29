package import Foundation
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
import Postgres
import StrictJSON

/// A link with which an organisation's administrator can approve the application for everyone there.
package struct AdminConsent: Sendable {
    typealias Status = AdminConsentStatus

    let id: Int64
    let tenantID: Int64
    let tenantName: String
    let applicationID: Int64?
    /// The client id of the tenant's own application, if it is used.
    let applicationClientID: String?
    /// A verified domain of the organisation.
    let domain: String
    let email: String?
    let level: PermissionLevel
    /// Whether the approval includes mailboxes that others share.
    let includesShared: Bool
    private let storedStatus: Status
    /// The outcome of the last return without an approval. The link stays open.
    let outcome: ConsentOutcome.Kind?
    let outcomeCode: String?
    /// Whether a refusal has been announced.
    let wasAnnounced: Bool
    let sealedSeed: [UInt8]
    /// Taken from Microsoft's redirect, which anyone with the link can forge.
    let microsoftTenant: UUID?
    let grantedAt: Date?
    let createdAt: Date
    let updatedAt: Date
    let expiresAt: Date

    func status(at now: Date) -> Status { storedStatus == .open && expiresAt <= now ? .expired : storedStatus }

    /// The status shown by the API: the last outcome of an open link, otherwise the state.
    func shownStatus(at now: Date) -> String {
        let status = status(at: now)
        return status == .open ? outcome?.rawValue ?? status.rawValue : status.rawValue
    }

    func write(to json: inout JSONWriter, at now: Date) {
        json.object { json in
            json.member("id", id)
            json.member("status", shownStatus(at: now))
            json.member("outcome_code", outcomeCode)
            json.member("domain", domain)
            json.member("email", email)
            json.member("permission_level", level.rawValue)
            json.member("shared_mailboxes", includesShared)
            json.member("microsoft_tenant_id", microsoftTenant?.uuidString.lowercased())
            json.member("granted_at", grantedAt.map(RFC3339.format))
            json.member("created_at", RFC3339.format(createdAt))
            json.member("updated_at", RFC3339.format(updatedAt))
            json.member("expires_at", RFC3339.format(expiresAt))
        }
    }
}

extension AdminConsent {
    /// The columns of a query in which `a` is the admin consent and `t` its tenant.
    static let columns =
        """
        a.admin_consent_id, a.tenant_id, t.name AS tenant_name, a.app_id, a.domain, a.email, a.level, a.shared, a.status,
        a.outcome, a.outcome_code, a.announced, a.seed, a.microsoft_tenant, a.granted_at, a.created_at, a.updated_at,
        a.expires_at,
        (SELECT m.client_id FROM microsoft_apps m WHERE m.tenant_id = a.tenant_id AND m.app_id = a.app_id) AS app_client_id
        """

    init(row: Row) throws {
        id = try row["admin_consent_id"]
        tenantID = try row["tenant_id"]
        tenantName = try row["tenant_name"]
        applicationID = try row[nullable: "app_id"]
        applicationClientID = try row[nullable: "app_client_id"]
        domain = try row["domain"]
        email = try row[nullable: "email"]
        level = try row["level"]
        includesShared = try row["shared"]
        storedStatus = try row["status"]
        outcome = try row[nullable: "outcome"]
        outcomeCode = try row[nullable: "outcome_code"]
        wasAnnounced = try row["announced"]
        sealedSeed = try row["seed"]
        microsoftTenant = try row[nullable: "microsoft_tenant"]
        grantedAt = try row[nullable: "granted_at"]
        createdAt = try row["created_at"]
        updatedAt = try row["updated_at"]
        expiresAt = try row["expires_at"]
    }
}

/// The events about an admin consent. Their `type` is `admin_consent.` followed by the raw value.
package enum AdminConsentEvent: String, Sendable, CaseIterable {
    case granted, declined
}

extension OutboxEvent {
    package init(_ event: AdminConsentEvent, of consent: AdminConsent, code: String?, at now: Date) {
        var data = JSONWriter()
        data.object { json in
            json.member("admin_consent_id", consent.id)
            json.member("domain", consent.domain)
            json.member("permission_level", consent.level.rawValue)
            json.member("outcome", event.rawValue)
            json.member("outcome_code", code)
        }
        self.init(
            type: "admin_consent.\(event.rawValue)", action: event.rawValue,
            orderingKey: "admin_consent:\(consent.id)", campaignID: nil, ownerEmail: nil,
            sequence: 0,
            account: Self.account(
                campaignID: nil, firstName: "", lastName: "", email: consent.email ?? "", tags: [], meta: nil),
            data: data.text, createdAt: now)
    }
}
