/// A column of sealed values, which rotation re-seals and which is verified when a backup is checked.
///
/// ``all`` is the only list of them. A test compares it with the database's catalogue, so that no column is forgotten.
package struct SealedColumn: Sendable, Hashable {
    package let table: String
    package let name: String
    /// The column that identifies a row within its tenant.
    package let row: String
    /// The PostgreSQL type of `row`.
    let rowType: String
    package let purpose: KeyRing.Purpose

    private init(
        _ table: String, _ name: String, row: String, type: String = "bigint", _ purpose: KeyRing.Purpose
    ) {
        self.table = table
        self.name = name
        self.row = row
        rowType = type
        self.purpose = purpose
    }

    /// A secret and its `former_secret` have the same purpose, because a rotation of the secret moves the value within its row.
    package static let all = [
        SealedColumn("admin_consents", "seed", row: "admin_consent_id", .adminConsentSeed),
        SealedColumn("audit_chains", "key", row: "tenant_id", .auditKey),
        SealedColumn("audit_entries", "seal", row: "entry_id", type: "uuid", .auditEntry),
        SealedColumn("consents", "seed", row: "consent_id", .consentSeed),
        SealedColumn("grants", "access_token", row: "grant_id", .accessToken),
        SealedColumn("grants", "refresh_token", row: "grant_id", .refreshToken),
        SealedColumn("idempotency_keys", "answer", row: "key", type: "text", .idempotentAnswer),
        SealedColumn("invitations", "seed", row: "invitation_id", .invitationSeed),
        SealedColumn("messages", "content", row: "message_id", .messageContent),
        SealedColumn("messages", "report", row: "message_id", .messageReport),
        SealedColumn("microsoft_apps", "former_secret", row: "app_id", .applicationSecret),
        SealedColumn("microsoft_apps", "secret", row: "app_id", .applicationSecret),
        SealedColumn("received_messages", "content", row: "message_id", .receivedContent),
        SealedColumn("tenant_sign_ins", "secret", row: "sign_in_id", .signInSecret),
        SealedColumn("webhook_endpoints", "former_secret", row: "endpoint_id", .webhookSecret),
        SealedColumn("webhook_endpoints", "secret", row: "endpoint_id", .webhookSecret),
    ]

    /// A value of `rowType` that sorts before all rows.
    var lowestRow: String { rowType == "uuid" ? "00000000-0000-0000-0000-000000000000" : "0" }

    package func place(tenant: Int64, row: String) -> KeyRing.Place {
        KeyRing.Place(tenant: tenant, name: row, purpose: purpose)
    }
}

extension SealedColumn: CustomStringConvertible {
    package var description: String { "\(table).\(name)" }
}
