package import Foundation
package import Postgres

/// The statements about the members of a tenant's console and its OpenID provider.
package struct MemberStore: Sendable {
    let database: Database
    let keyRing: KeyRing

    package init(database: Database, keyRing: KeyRing) {
        self.database = database
        self.keyRing = keyRing
    }

    package static let longestSubject = 255

    package struct Provider: Sendable {
        package let issuer: String
        package let clientID: String
        package let secret: String

        package init(issuer: String, clientID: String, secret: String) {
            self.issuer = issuer
            self.clientID = clientID
            self.secret = secret
        }
    }

    package struct Member: Sendable {
        package let id: Int64
        package let email: String
        package let role: MemberRole
        /// The provider's identifier of the member; nil until the first sign-in, unless the operator has set it.
        package let subject: String?
        package let signedInAt: Date?

        package init(id: Int64, email: String, role: MemberRole, subject: String?, signedInAt: Date?) {
            self.id = id
            self.email = email
            self.role = role
            self.subject = subject
            self.signedInAt = signedInAt
        }
    }

    /// Returns nil if the tenant has no provider or is not active.
    package func provider(of tenant: Int64) async throws -> Provider? {
        let row = try await database.read(
            """
            SELECT s.sign_in_id, s.issuer, s.client_id, s.secret FROM tenant_sign_ins s
            JOIN tenants t ON t.tenant_id = s.tenant_id
            WHERE s.tenant_id = \(tenant) AND t.status = 'active'
            """
        ).first
        guard let row else { return nil }
        let secret = try keyRing.open(
            try row["secret"], for: .init(tenant: tenant, row: try row["sign_in_id"], purpose: .signInSecret))
        return Provider(
            issuer: try row["issuer"], clientID: try row["client_id"], secret: String(decoding: secret, as: UTF8.self))
    }

    /// Replaces the provider. If the issuer changes, all subjects are removed, because they belong to the old issuer; members
    /// are then matched by address again.
    package func set(
        _ provider: Provider, id: Int64, of tenant: Int64, at now: Date, noting entry: AuditInsertion
    ) async throws {
        let sealed = try keyRing.seal(
            Data(provider.secret.utf8), for: .init(tenant: tenant, row: id, purpose: .signInSecret))
        try await database.transaction { transaction in
            transaction.write(
                """
                UPDATE console_members SET subject = NULL WHERE tenant_id = \(tenant) AND NOT EXISTS (
                    SELECT FROM tenant_sign_ins WHERE tenant_id = \(tenant) AND issuer = \(provider.issuer))
                """)
            transaction.write("DELETE FROM tenant_sign_ins WHERE tenant_id = \(tenant)")
            transaction.write(
                """
                INSERT INTO tenant_sign_ins (tenant_id, sign_in_id, issuer, client_id, secret, created_at)
                VALUES (\(tenant), \(id), \(provider.issuer), \(provider.clientID), \(sealed), \(now))
                """)
            transaction.audit(entry)
        }
    }

    package func removeProvider(of tenant: Int64, noting entry: AuditInsertion) async throws {
        try await database.transaction { transaction in
            transaction.write("DELETE FROM tenant_sign_ins WHERE tenant_id = \(tenant)")
            transaction.audit(entry)
        }
    }

    package func list(of tenant: Int64) async throws -> [Member] {
        try await database.read(
            """
            SELECT member_id, email, role, subject, signed_in_at FROM console_members
            WHERE tenant_id = \(tenant) ORDER BY email_key
            """
        ).map {
            Member(
                id: try $0["member_id"], email: try $0["email"], role: try $0["role"],
                subject: try $0[nullable: "subject"], signedInAt: try $0[nullable: "signed_in_at"])
        }
    }

    /// Adds a member, or changes the role of an existing one.
    ///
    /// - Parameters:
    ///   - subject: the provider's identifier of the member; nil to match by verified address.
    ///   - entry: creates the audit entry from the member's id.
    /// - Throws: a `ServerError` of the constraint `one_member_per_subject` if another member has the subject.
    package func add(
        _ email: String, key: String, subject: String?, role: MemberRole, id: Int64, to tenant: Int64, at now: Date,
        noting entry: @escaping @Sendable (Int64) throws -> AuditInsertion
    ) async throws {
        _ = try await write(
            """
            INSERT INTO console_members AS m (tenant_id, member_id, email, email_key, role, subject, created_at)
            VALUES (\(tenant), \(id), \(email), \(key), \(role), \(subject), \(now))
            ON CONFLICT (tenant_id, email_key) DO UPDATE
                SET role = excluded.role, subject = coalesce(excluded.subject, m.subject)
            RETURNING member_id
            """, with: { $1.audit(try entry($0)) })
    }

    /// - Returns: false if there is no such member.
    package func remove(
        emailKey key: String, from tenant: Int64, noting entry: @escaping @Sendable (Int64) throws -> AuditInsertion
    ) async throws -> Bool {
        try await write(
            "DELETE FROM console_members WHERE tenant_id = \(tenant) AND email_key = \(key) RETURNING member_id",
            with: { $1.audit(try entry($0)) }) != nil
    }

    /// - Parameter others: adds further writes to the transaction, given the member's id.
    /// - Returns: the id of the affected member; nil if there is none.
    private func write(
        _ statement: SQL, with others: @escaping @Sendable (Int64, inout Transaction) throws -> Void
    ) async throws -> Int64? {
        try await database.transaction { transaction in
            guard let member: Int64 = try transaction.query(statement).scalar("member_id") else { return nil }
            try others(member, &transaction)
            return member
        }
    }

    /// Finds the member with the provider's subject. A member without a subject is found by address and then bound to the
    /// subject. An address bound to another subject is refused, because it may have been reassigned to another person.
    ///
    /// - Parameters:
    ///   - key: the key of an address that the provider has verified, or nil.
    ///   - others: writes the session and the audit entry, given the member's id.
    /// - Returns: the member's id; nil if the tenant has no such member.
    package func signIn(
        subject: String, verifiedEmailKey key: String?, of tenant: Int64, at now: Date,
        with others: @escaping @Sendable (Int64, inout Transaction) throws -> Void
    ) async throws -> Int64? {
        try await write(
            """
            UPDATE console_members m SET subject = \(subject), signed_in_at = \(now)
            WHERE m.tenant_id = \(tenant) AND (m.subject = \(subject) OR (
                m.subject IS NULL AND m.email_key = \(key) AND NOT EXISTS (
                    SELECT FROM console_members o WHERE o.tenant_id = \(tenant) AND o.subject = \(subject))))
            RETURNING m.member_id
            """, with: others)
    }
}
