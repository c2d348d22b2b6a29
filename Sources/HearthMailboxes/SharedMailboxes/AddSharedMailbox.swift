import Foundation
import HTTPTypes
import HearthCore
import HearthMicrosoft
import HearthRules
import HearthWeb
import Postgres

/// Checks with Graph that a delegate may open a shared mailbox, before anything is stored. Graph cannot list the mailboxes
/// shared with a user, so a call is the only proof.
struct AddSharedMailbox: Sendable {
    let mailboxes: MailboxStore
    let grants: GrantStore
    let connection: ConnectionCheck
    let client: MicrosoftClient

    /// Time limit of the whole check.
    private static let limit = Duration.seconds(5)

    init(_ connections: Connections) {
        let dependencies = connections.dependencies
        mailboxes = MailboxStore(database: dependencies.database)
        grants = GrantStore(database: dependencies.database, keyRing: dependencies.keyRing)
        connection = ConnectionCheck(connections, database: dependencies.database)
        client = connections.microsoft
    }

    /// - Returns: the delegate's grant, which has just opened the mailbox.
    /// - Throws: `APIError`: 404 `MAILBOX_NOT_FOUND`; 409 with the reason; 503 if it cannot be checked now.
    func prove(_ address: EmailAddress, through delegate: Int64, of tenant: Int64) async throws -> Grant {
        let mailbox = try await mailboxes.find(delegate, of: tenant)
        guard mailbox.accountType != .personal else { throw APIError.sharedMailboxOfPersonalAccount }
        guard let id = mailbox.access?.grantID, let grant = try await grants.find(id, of: tenant) else {
            throw APIError.connectionDisconnected
        }
        guard GrantedScopes(names: grant.scopes).mayReadShared else { throw APIError.sharedMailboxScopeMissing }
        let deadline = ContinuousClock.now + Self.limit
        do {
            // Find and record a problem of the delegate's own connection first.
            try await connection.prove(grant, within: Self.limit)
            let token = try await connection.tokens.token(for: grant, deadline: deadline)
            try await read(address, token: token, deadline: deadline)
        } catch let fault as MicrosoftFault {
            throw APIError(connection: fault)
        }
        return grant
    }

    private func read(_ address: EmailAddress, token: String, deadline: ContinuousClock.Instant) async throws {
        do {
            try await client.readInbox(
                of: address.key, accessToken: token, timeout: ContinuousClock.now.duration(to: deadline))
        } catch {
            switch error.kind {
            case .scopeMissing: throw APIError.sharedMailboxAccessDenied
            case .mailboxMissing:
                throw error.isOutsideCloud ? APIError.sharedMailboxNotInCloud : APIError.sharedMailboxUnknown
            // Here the code refers to the address in the path.
            case .transient where ["ResourceNotFound", "Request_ResourceNotFound"].contains(error.graphCode):
                throw APIError.sharedMailboxUnknown
            // The delegate's own mailbox was just read, so this fault says nothing about its grant.
            default: throw APIError.connectionTemporarilyUnavailable(retryAfter: error.retryAfter)
            }
        }
    }
}

extension APIError {
    static let sharedMailboxOfPersonalAccount = APIError(
        .conflict, code: "SHARED_MAILBOX_PERSONAL_ACCOUNT",
        message:
            "The mailbox belongs to a personal Microsoft account. Only organisations share mailboxes; use a mailbox of the shared mailbox's organisation."
    )
    static let sharedMailboxScopeMissing = APIError(
        .conflict, code: "SHARED_MAILBOX_SCOPE_MISSING",
        message:
            "The mailbox was connected without the permission to read shared mailboxes. Have its owner consent again with \"shared_mailboxes\": true and a permission level that allows reading."
    )
    static let sharedMailboxAccessDenied = APIError(
        .conflict, code: "SHARED_MAILBOX_ACCESS_DENIED",
        message:
            "Exchange does not let the mailbox's owner open that address. Ask the organisation's administrator for Full Access, wait a few minutes, and try again."
    )
    static let sharedMailboxUnknown = APIError(
        .conflict, code: "SHARED_MAILBOX_UNKNOWN",
        message: "Microsoft has no mailbox with that address in the owner's organisation. Check the address.")
    static let sharedMailboxNotInCloud = APIError(
        .conflict, code: "SHARED_MAILBOX_NOT_IN_CLOUD",
        message:
            "Microsoft Graph cannot access that mailbox: it is on the organisation's own Exchange server, is inactive, or has no licence."
    )
}
