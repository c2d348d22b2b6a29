package import Foundation
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
package import Postgres
import StrictJSON

/// Reads and changes administrators' links.
package struct AdminConsentStore: Sendable {
    let database: Database
    let keyRing: KeyRing
    var randomBytes: @Sendable (Int) -> [UInt8] = SecureRandom.bytes

    private var recorder: AuditRecorder { AuditRecorder(keyRing: keyRing, randomBytes: randomBytes) }

    /// Maximum number of consents for which one approval writes events. The approval's own event stands for the rest.
    private static let toldAtOnce = 1_000
    static let listLimit = 1_000

    func find(_ id: Int64, of tenant: Int64) async throws -> AdminConsent? {
        try await database.read(Self.select(id, of: tenant)).first.map(AdminConsent.init)
    }

    /// Returns the newest first.
    func list(of tenant: Int64) async throws -> [AdminConsent] {
        try await database.read(
            """
            SELECT \(unescaped: AdminConsent.columns) FROM admin_consents a JOIN tenants t ON t.tenant_id = a.tenant_id
            WHERE a.tenant_id = \(tenant) ORDER BY a.admin_consent_id DESC LIMIT \(Self.listLimit)
            """
        ).map(AdminConsent.init)
    }

    func link(of consent: AdminConsent) throws -> AdminConsentLink {
        let seed = try keyRing.open(
            consent.sealedSeed, for: .init(tenant: consent.tenantID, row: consent.id, purpose: .adminConsentSeed))
        return AdminConsentLink(tenantID: consent.tenantID, id: consent.id, seed: seed)
    }

    /// Records an approval, and announces it for each consent that waited for it.
    ///
    /// - Parameter microsoftTenant: the Entra tenant in the redirect. It is unauthenticated, so it grants nothing.
    /// - Returns: false if nothing was recorded, because the link is no longer open.
    func granted(
        _ consent: AdminConsent, microsoftTenant: UUID?, by administrator: Caller, at now: Date
    ) async throws -> Bool {
        let entry = try administrator.entry(
            "admin-consent.granted", "admin-consent:\(consent.id)", outcome: nil, recorder, at: now)
        return try await database.transaction { transaction in
            guard try Self.lock(consent, at: now, in: &transaction) != nil else { return false }
            transaction.write(
                """
                UPDATE admin_consents SET status = \(AdminConsentMove.grant.target), outcome = NULL, outcome_code = NULL, granted_at = \(now),
                    microsoft_tenant = \(microsoftTenant), updated_at = \(now)
                WHERE tenant_id = \(consent.tenantID) AND admin_consent_id = \(consent.id)
                    AND \(AdminConsentMove.grant.isAllowed())
                """)
            Outbox.append(
                OutboxEvent(.granted, of: consent, code: nil, at: now), tenant: consent.tenantID, in: &transaction)
            try Self.tellWaiting(for: consent, at: now, in: &transaction)
            transaction.audit(entry)
            return true
        }
    }

    /// Records a return without an approval. The link stays open.
    ///
    /// - Returns: false if nothing was recorded, because the link is no longer open.
    func refused(
        _ outcome: ConsentOutcome, _ consent: AdminConsent, by administrator: Caller, at now: Date
    ) async throws -> Bool {
        let entry = try administrator.entry(
            "admin-consent.\(outcome.kind.rawValue)", "admin-consent:\(consent.id)", outcome: outcome.code.rawValue,
            recorder, at: now)
        return try await database.transaction { transaction in
            guard let current = try Self.lock(consent, at: now, in: &transaction) else { return false }
            let announces = outcome.isAnnounced && !current.wasAnnounced
            transaction.write(
                """
                UPDATE admin_consents SET status = \(AdminConsentMove.refuse.target), outcome = \(outcome.kind), outcome_code = \(outcome.code.rawValue),
                    announced = announced OR \(announces), updated_at = \(now)
                WHERE tenant_id = \(consent.tenantID) AND admin_consent_id = \(consent.id)
                    AND \(AdminConsentMove.refuse.isAllowed())
                """)
            if announces {
                Outbox.append(
                    OutboxEvent(.declined, of: consent, code: outcome.code.rawValue, at: now),
                    tenant: consent.tenantID, in: &transaction)
            }
            transaction.audit(entry)
            return true
        }
    }

    /// Stores an open link.
    static func insertion(
        of link: AdminConsentLink, _ wanted: AdminConsentRequest, application: Int64?, seed: [UInt8], at now: Date,
        until end: Date
    ) -> SQL {
        """
        INSERT INTO admin_consents (tenant_id, admin_consent_id, app_id, domain, email, level, shared, status, seed,
            created_at, updated_at, expires_at)
        VALUES (\(link.tenantID), \(link.id), \(application), \(wanted.domain.name), \(wanted.email),
            \(wanted.level), \(wanted.includesShared), 'open', \(seed), \(now), \(now), \(end))
        """
    }

    /// Revokes an open link.
    ///
    /// - Throws: 404; 409 `ADMIN_CONSENT_ENDED` if it has already ended in another way.
    func revoke<Answer: Sendable>(
        _ id: Int64, of tenant: Int64, at now: Date,
        answer: @escaping @Sendable (AdminConsent, inout Transaction) throws -> Answer
    ) async throws -> Answer {
        try await database.transaction { transaction in
            let rows = try transaction.query(all: [
                """
                UPDATE admin_consents SET status = \(AdminConsentMove.revoke.target), updated_at = \(now)
                WHERE tenant_id = \(tenant) AND admin_consent_id = \(id) AND expires_at > \(now)
                    AND \(AdminConsentMove.revoke.isAllowed())
                """,
                Self.select(id, of: tenant),
            ])
            guard let consent = try rows[1].first.map(AdminConsent.init) else { throw APIError.adminConsentNotFound }
            let status = consent.status(at: now)
            guard status == .revoked else { throw APIError.adminConsentEnded(status) }
            return try answer(consent, &transaction)
        }
    }

    /// Revokes all open links of a tenant that is deleted.
    package static func revokeAll(of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE admin_consents SET status = \(AdminConsentMove.revoke.target), updated_at = \(now)
        WHERE tenant_id = \(tenant) AND \(AdminConsentMove.revoke.isAllowed())
        """
    }

    private static func select(_ id: Int64, of tenant: Int64) -> SQL {
        """
        SELECT \(unescaped: AdminConsent.columns) FROM admin_consents a JOIN tenants t ON t.tenant_id = a.tenant_id
        WHERE a.tenant_id = \(tenant) AND a.admin_consent_id = \(id)
        """
    }

    /// Locks the link and reads it again; returns nil if it is no longer open.
    private static func lock(
        _ consent: AdminConsent, at now: Date, in transaction: inout Transaction
    ) throws -> AdminConsent? {
        let current = try transaction.query("\(select(consent.id, of: consent.tenantID)) FOR UPDATE OF a").first
            .map(AdminConsent.init)
        return current?.status(at: now) == .open ? current : nil
    }

    /// Announces an approval for each consent that waited for it. These include declined consents, because Microsoft's
    /// redirect after a refusal by the owner can be byte-identical to one that asks for an administrator.
    private static func tellWaiting(
        for approval: AdminConsent, at now: Date, in transaction: inout Transaction
    ) throws {
        let levels = PermissionLevel.allCases.filter(approval.level.covers).map(\.rawValue)
        let waiting = try transaction.query(
            """
            SELECT \(unescaped: Consent.columns) FROM consents s JOIN tenants t ON t.tenant_id = s.tenant_id
            WHERE s.tenant_id = \(approval.tenantID) AND s.status IN ('open', 'redeeming') AND s.expires_at > \(now)
                AND s.outcome IN ('admin_required', 'declined') AND s.level = ANY(\(levels))
                AND (\(approval.includesShared) OR NOT s.shared)
                AND s.app_id IS NOT DISTINCT FROM \(approval.applicationID)
                AND split_part(s.email_key, '@', 2) = \(approval.domain) AND NOT 'admin_approved' = ANY(s.announced)
            ORDER BY s.consent_id LIMIT \(toldAtOnce) FOR UPDATE OF s
            """
        ).map(Consent.init)
        guard !waiting.isEmpty else { return }
        transaction.write(
            ConsentTable.announceApproval(to: waiting.map(\.id), of: approval.tenantID, at: now))
        for consent in waiting {
            Outbox.append(
                OutboxEvent(consent: consent, event: "admin_approved", code: nil, at: now), tenant: approval.tenantID,
                in: &transaction)
        }
    }
}

/// An administrator's link before it is stored.
struct NewAdminConsent: Sendable {
    let id: Int64
    private let url: String
    private let expiresAt: Date
    let insertion: SQL

    init(_ wanted: AdminConsentRequest, for identity: Identity, _ dependencies: Dependencies) async throws {
        let microsoft = dependencies.settings.microsoft
        let now = dependencies.now()
        let link = AdminConsentLink(
            tenantID: identity.tenantID, id: try await dependencies.ids.next(),
            seed: dependencies.randomBytes(LinkSeed.length))
        let seed = try dependencies.keyRing.seal(
            link.seed.bytes, for: .init(tenant: link.tenantID, row: link.id, purpose: .adminConsentSeed))
        id = link.id
        url = link.url(
            endpoints: microsoft, clientID: identity.application?.clientID ?? microsoft.clientID,
            domain: wanted.domain.name, level: wanted.level, withShared: wanted.includesShared)
        expiresAt = now.addingTimeInterval(wanted.lifetime)
        insertion = AdminConsentStore.insertion(
            of: link, wanted, application: identity.application?.id, seed: seed, at: now, until: expiresAt)
    }

    /// Writes what the partner receives. The link is shown only this once.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("url", url)
            json.member("admin_consent_id", id)
            json.member("expires_at", RFC3339.format(expiresAt))
        }
    }
}
