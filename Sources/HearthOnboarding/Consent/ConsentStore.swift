import Crypto
package import Foundation
package import HearthCore
package import HearthMailboxes
import HearthRules
package import HearthWeb
package import Postgres

/// Reads and changes consents; ``CompleteConsent`` completes them.
package struct ConsentStore: Sendable {
    let database: Database
    let keyRing: KeyRing
    package var randomBytes: @Sendable (Int) -> [UInt8] = SecureRandom.bytes

    package init(
        database: Database, keyRing: KeyRing, randomBytes: @escaping @Sendable (Int) -> [UInt8] = SecureRandom.bytes
    ) {
        self.database = database
        self.keyRing = keyRing
        self.randomBytes = randomBytes
    }

    package var recorder: AuditRecorder { AuditRecorder(keyRing: keyRing, randomBytes: randomBytes) }

    package func find(_ id: Int64, of tenant: Int64) async throws -> Consent? {
        try await database.read(
            """
            SELECT \(unescaped: Consent.columns) FROM consents s JOIN tenants t ON t.tenant_id = s.tenant_id
            WHERE s.tenant_id = \(tenant) AND s.consent_id = \(id)
            """
        ).first.map(Consent.init)
    }

    package func list(
        _ filter: ConsentFilter, page: PageRequest, of tenant: Int64, at now: Date
    ) async throws -> Page<Consent> {
        let found = try await database.read(
            """
            SELECT \(unescaped: Consent.columns) FROM consents s JOIN tenants t ON t.tenant_id = s.tenant_id
            WHERE s.tenant_id = \(tenant) AND \(page.follows("s.consent_id")) \(filter.condition(at: now))
            \(page.ordered(by: "s.consent_id"))
            """
        ).map(Consent.init)
        return Page(found, of: page, key: \.id)
    }

    package func link(of consent: Consent) throws -> ConsentLink {
        let seed = try keyRing.open(
            consent.sealedSeed, for: .init(tenant: consent.tenantID, row: consent.id, purpose: .consentSeed))
        return ConsentLink(tenantID: consent.tenantID, consentID: consent.id, seed: seed)
    }

    /// Claims the consent for one attempt with this code.
    ///
    /// A code can be claimed only once, however the attempt ends, so that Microsoft never receives it twice.
    ///
    /// - Returns: the lease number; nil if the consent has ended, is being redeemed, or has already been claimed with the
    ///   code.
    package func claim(_ consent: Consent, code: String, at now: Date) async throws -> Int? {
        let rows = try await database.write(
            ConsentTable.claim(consent.id, of: consent.tenantID, code: Self.digest(of: code), at: now))
        return try rows.scalar("lease_no")
    }

    /// Ends a claim without completing the consent, or records an error from Microsoft's redirect. The link stays open,
    /// and each reason is announced once per consent.
    ///
    /// - Parameter lease: the claim's lease number; nil for a redirect without a code, which claims nothing.
    /// - Returns: false if nothing was recorded, because another attempt has settled the consent in the meantime.
    func settle(
        _ outcome: ConsentOutcome, consent: Consent, lease: Int?, by owner: Caller, at now: Date
    ) async throws -> Bool {
        let recorder = recorder
        return try await database.transaction { transaction in
            let row = try transaction.query(
                """
                SELECT status, lease_no, \(outcome.code.rawValue) = ANY(announced) AS announced FROM consents
                WHERE tenant_id = \(consent.tenantID) AND consent_id = \(consent.id) FOR UPDATE
                """
            ).first
            guard let row else { return false }
            let status: Consent.Status = try row["status"]
            if let lease {
                guard status == .redeeming, try row["lease_no"] == lease else { return false }
            } else {
                guard status == .open else { return false }
            }
            let announces = try outcome.isAnnounced && !row["announced"]
            transaction.write(
                ConsentTable.settle(
                    consent, with: outcome, isUnclaimed: lease == nil, announces: announces, at: now))
            InvitationOutcome(of: consent, at: now).record(outcome, announces: announces, in: &transaction)
            if announces {
                Outbox.append(
                    OutboxEvent(consent: consent, event: outcome.kind.rawValue, code: outcome.code.rawValue, at: now),
                    tenant: consent.tenantID, in: &transaction)
            }
            try owner.note(
                "consent.\(outcome.kind.rawValue)", "consent:\(consent.id)", outcome: outcome.code.rawValue, recorder,
                at: now,
                in: &transaction)
            return true
        }
    }

    /// Revokes an open consent.
    ///
    /// - Parameter answer: creates the answer in the same transaction, from the revoked consent.
    /// - Throws: 404; 409 `CONSENT_ENDED` if it has already ended in another way.
    package func revoke<Answer: Sendable>(
        _ id: Int64, of tenant: Int64, at now: Date,
        answer: @escaping @Sendable (Consent, inout Transaction) throws -> Answer
    ) async throws -> Answer {
        try await database.transaction { transaction in
            let rows = try transaction.query(all: [
                ConsentTable.revoke(.one(id), of: tenant, at: now),
                """
                SELECT \(unescaped: Consent.columns) FROM consents s JOIN tenants t ON t.tenant_id = s.tenant_id
                WHERE s.tenant_id = \(tenant) AND s.consent_id = \(id)
                """,
            ])
            guard let row = rows[1].first else { throw APIError.consentNotFound }
            let consent = try Consent(row: row)
            guard consent.status(at: now) == .revoked else { throw APIError.consentEnded(consent.status(at: now)) }
            return try answer(consent, &transaction)
        }
    }

    package static func digest(of code: String) -> String {
        Base64URL.encode(SHA256.hash(data: Array(code.utf8)))
    }
}
