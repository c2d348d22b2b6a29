package import Foundation
import HTTPTypes
package import HearthCore
import HearthMailboxes
import HearthRules
package import HearthWeb
package import Postgres
import StrictJSON

/// Reads and changes invitations for partners.
package struct InvitationStore: Sendable {
    let database: Database
    let keyRing: KeyRing

    package init(database: Database, keyRing: KeyRing) {
        self.database = database
        self.keyRing = keyRing
    }

    package func find(_ id: Int64, of tenant: Int64) async throws -> Invitation? {
        try await database.read(Self.select(id, of: tenant)).first.map(Invitation.init)
    }

    /// Selects the invitations of a list. Members that are nil match all.
    package struct Filter: Sendable, Equatable {
        package var status: Invitation.Status?
        var emailKey: String?
        /// A part of the address; case is ignored.
        package var addressPart: String?

        package init() {}

        package var isEmpty: Bool { self == Filter() }
    }

    package func list(
        _ filter: Filter, page: PageRequest, of tenant: Int64, at now: Date
    ) async throws -> Page<Invitation> {
        let found = try await database.read(
            """
            SELECT \(unescaped: Invitation.columns) FROM invitations i JOIN tenants t ON t.tenant_id = i.tenant_id
            WHERE i.tenant_id = \(tenant) AND \(page.follows("i.invitation_id"))
                AND (\(filter.emailKey)::text IS NULL OR i.email_key = \(filter.emailKey))
                AND (\(filter.addressPart)::text IS NULL OR strpos(lower(i.email), lower(\(filter.addressPart))) > 0)
                AND (\(filter.status)::text IS NULL OR \(filter.status) = \(Invitation.status(at: now)))
            \(page.ordered(by: "i.invitation_id"))
            """
        ).map(Invitation.init)
        return Page(found, of: page, key: \.id)
    }

    package func link(of invitation: Invitation) throws -> InvitationLink {
        let seed = try keyRing.open(
            invitation.sealedSeed,
            for: .init(tenant: invitation.tenantID, row: invitation.id, purpose: .invitationSeed))
        return InvitationLink(
            tenantID: invitation.tenantID, id: invitation.id, number: invitation.linkNumber, seed: seed)
    }

    package func seal(_ link: InvitationLink) throws -> [UInt8] {
        try keyRing.seal(
            link.seed.bytes, for: .init(tenant: link.tenantID, row: link.id, purpose: .invitationSeed))
    }

    package func create<Answer: Sendable>(
        _ new: NewInvitation, of tenant: Int64,
        answer: @escaping @Sendable (Invitation, inout Transaction) throws -> Answer
    ) async throws -> Answer {
        try await database.transaction { transaction in
            transaction.write(new.insertion)
            let stored = try transaction.query(Self.select(new.id, of: tenant)).first
            guard let invitation = try stored.map(Invitation.init) else { throw APIError.invitationNotFound }
            return try answer(invitation, &transaction)
        }
    }

    /// Revokes an invitation and its consent, even if that is being redeemed.
    ///
    /// - Throws: 404; 409 `INVITATION_ENDED` if it has already ended in another way.
    package func revoke<Answer: Sendable>(
        _ id: Int64, of tenant: Int64, at now: Date,
        answer: @escaping @Sendable (Invitation, inout Transaction) throws -> Answer
    ) async throws -> Answer {
        try await database.transaction { transaction in
            let rows = try transaction.query(all: [
                Self.lockConsents(of: id, tenant: tenant),
                InvitationTable.revoke(id, of: tenant, at: now),
                Self.select(id, of: tenant),
            ])
            guard let invitation = try rows[2].first.map(Invitation.init) else { throw APIError.invitationNotFound }
            let status = invitation.status(at: now)
            guard status == .revoked else { throw APIError.invitationEnded(status) }
            transaction.write(ConsentTable.revoke(.ofInvitation(id), of: tenant, at: now))
            return try answer(invitation, &transaction)
        }
    }

    /// Creates a new link. The commit revokes the previous link and its consent, even if that is being redeemed.
    ///
    /// - Throws: 404; 409 `INVITATION_ENDED` if it was revoked.
    package func resend<Answer: Sendable>(
        _ id: Int64, of tenant: Int64, wanted: ResendRequest, at now: Date,
        answer: @escaping @Sendable (Invitation, inout Transaction) throws -> Answer
    ) async throws -> Answer {
        try await database.transaction { transaction in
            let rows = try transaction.query(all: [
                Self.lockConsents(of: id, tenant: tenant),
                InvitationTable.resend(id, of: tenant, wanted, at: now),
                Self.select(id, of: tenant),
            ])
            guard let invitation = try rows[2].first.map(Invitation.init) else { throw APIError.invitationNotFound }
            guard rows[1].affected == 1 else { throw APIError.invitationEnded(.revoked) }
            transaction.write(ConsentTable.revoke(.ofInvitation(id), of: tenant, at: now))
            return try answer(invitation, &transaction)
        }
    }

    package static func select(_ id: Int64, of tenant: Int64) -> SQL {
        """
        SELECT \(unescaped: Invitation.columns) FROM invitations i JOIN tenants t ON t.tenant_id = i.tenant_id
        WHERE i.tenant_id = \(tenant) AND i.invitation_id = \(id)
        """
    }

    /// Locks the open consents of an invitation, which must be done before locking the invitation.
    private static func lockConsents(of id: Int64, tenant: Int64) -> SQL {
        """
        SELECT consent_id FROM consents
        WHERE tenant_id = \(tenant) AND invitation_id = \(id) AND status IN ('open', 'redeeming')
        ORDER BY consent_id FOR UPDATE
        """
    }
}

extension APIError {
    package static let invitationNotFound = APIError(
        .notFound, code: "INVITATION_NOT_FOUND", message: "There is no such invitation for this API key.")

    static func invitationEnded(_ status: Invitation.Status) -> APIError {
        APIError(
            .conflict, code: "INVITATION_ENDED",
            message: "This invitation is \(status.rawValue), so this is no longer possible.",
            details: [("current_status", .string(status.rawValue))])
    }
}

/// An invitation before it is stored.
package struct NewInvitation: Sendable {
    package let id: Int64
    /// The link, shown only if the partner is to send it.
    package let url: String
    /// Stores the invitation, and queues its message if we send it.
    package let insertion: SQL

    package init(
        _ wanted: InvitationRequest, for identity: Identity, store: InvitationStore, _ dependencies: Dependencies
    ) async throws {
        let now = dependencies.now()
        let link = InvitationLink(
            tenantID: identity.tenantID, id: try await dependencies.ids.next(), number: 1,
            seed: dependencies.randomBytes(LinkSeed.length))
        id = link.id
        url = dependencies.settings.publicURL + link.path
        insertion = InvitationTable.insertion(
            of: link, seed: try store.seal(link), wanted, application: identity.application?.id, at: now)
    }
}
