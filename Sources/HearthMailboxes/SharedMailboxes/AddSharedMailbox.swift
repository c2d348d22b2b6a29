import Foundation
import HTTPTypes
import HearthCore
import HearthMicrosoft
import HearthRules
import HearthWeb
import Postgres

/// Proves against Graph that a delegate may open a shared mailbox. Nothing is stored before: Graph cannot list what is
/// shared with somebody, so a call is the only proof.
struct AddSharedMailbox: Sendable {
    let mailboxes: MailboxStore
    let grants: GrantStore
    let connection: ConnectionCheck
    let client: MicrosoftClient

    /// For everything together.
    private static let limit = Duration.seconds(5)

    init(_ connections: Connections) {
        let dependencies = connections.dependencies
        mailboxes = MailboxStore(database: dependencies.database)
        grants = GrantStore(database: dependencies.database, keyRing: dependencies.keyRing)
        connection = ConnectionCheck(connections, database: dependencies.database)
        client = connections.microsoft
    }

    /// - Returns: the delegate's grant, with which Graph has opened the mailbox just now.
    /// - Throws: `APIError`: 404 `MAILBOX_NOT_FOUND`; 409 with the reason; 503 when Microsoft cannot be asked.
    func prove(_ address: EmailAddress, through delegate: Int64, of tenant: Int64) async throws -> Grant {
        let mailbox = try await mailboxes.find(delegate, of: tenant)
        guard mailbox.accountType != .personal else { throw APIError.sharedMailboxOfPersonalAccount }
        guard let id = mailbox.access?.grantID, let grant = try await grants.find(id, of: tenant) else {
            throw APIError.connectionDisconnected
        }
        guard GrantedScopes(names: grant.scopes).mayReadShared else { throw APIError.sharedMailboxScopeMissing }
        let deadline = ContinuousClock.now + Self.limit
        do {
            // What is wrong with the delegate itself is found and written down first.
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
            // Here Graph means the address in the path.
            case .transient where ["ResourceNotFound", "Request_ResourceNotFound"].contains(error.graphCode):
                throw APIError.sharedMailboxUnknown
            // The delegate's own mailbox was read a moment ago, so this says nothing about its grant.
            default: throw APIError.connectionTemporarilyUnavailable(retryAfter: error.retryAfter)
            }
        }
    }
}

extension APIError {
    static let sharedMailboxOfPersonalAccount = APIError(
        .conflict, code: "SHARED_MAILBOX_PERSONAL_ACCOUNT",
        message:
            "The mailbox belongs to a personal Microsoft account. Only organisations share mailboxes; name a mailbox of the same organisation."
    )
    static let sharedMailboxScopeMissing = APIError(
        .conflict, code: "SHARED_MAILBOX_SCOPE_MISSING",
        message:
            "The mailbox was connected without the permission to read shared mailboxes. Let its owner consent again with \"shared_mailboxes\": true and a level that reads."
    )
    static let sharedMailboxAccessDenied = APIError(
        .conflict, code: "SHARED_MAILBOX_ACCESS_DENIED",
        message:
            "Exchange does not let the mailbox's owner open that address. Ask the organisation's administrator for Full Access, wait some minutes, and try again."
    )
    static let sharedMailboxUnknown = APIError(
        .conflict, code: "SHARED_MAILBOX_UNKNOWN",
        message: "Microsoft knows no mailbox of that address in the owner's organisation. Check the address.")
    static let sharedMailboxNotInCloud = APIError(
        .conflict, code: "SHARED_MAILBOX_NOT_IN_CLOUD",
        message:
            "Microsoft Graph does not reach that mailbox: it is on an Exchange server of the organisation, is inactive, or has no licence."
    )
}
