import Foundation
import HTTPTypes
import HearthRules
import Logging

/// Whether a grant works now: scopes, a live token, a mailbox that can be read. It sends nothing.
struct ConnectionCheck: Sendable {
    let tokens: AccessTokens
    let store: GrantStore
    let client: MicrosoftClient
    let logger: Logger

    /// For everything together.
    private static let limit = Duration.seconds(5)

    init(_ dependencies: Dependencies) {
        store = GrantStore(database: dependencies.database, keyRing: dependencies.keyRing)
        client = dependencies.microsoft
        logger = dependencies.logger
        tokens = AccessTokens(
            store: store,
            applications: MicrosoftApplications(
                database: dependencies.database, keyRing: dependencies.keyRing, client: client),
            client: client, now: dependencies.now, meters: dependencies.meters)
    }

    /// - Throws: `APIError` with a `CONNECTION_…` code. What was learnt of the grant is committed, nothing else.
    func check(grant id: Int64, of tenant: Int64) async throws {
        let deadline = ContinuousClock.now + Self.limit
        do {
            guard let grant = try await store.find(id, of: tenant) else {
                throw MicrosoftFault(.revoked, cause: "no grant")
            }
            guard grant.level.missing(from: GrantedScopes(names: grant.scopes)).isEmpty else {
                throw MicrosoftFault(.scopeMissing, cause: "granted scopes")
            }
            try await use(grant, deadline: deadline)
        } catch let fault as MicrosoftFault {
            log(fault, grant: id)
            throw APIError(connection: fault)
        }
    }

    /// One read with the token; a token that Graph does not take is refreshed once (contracts/microsoft.md 5.10).
    private func use(_ grant: Grant, deadline: ContinuousClock.Instant) async throws {
        if try await isTaken(grant, forced: false, deadline: deadline) { return }
        guard try await isTaken(grant, forced: true, deadline: deadline) else {
            // The token endpoint gave a token that Graph refuses: nothing says that the grant is dead.
            throw MicrosoftFault(.transient, cause: "graph refuses a fresh token")
        }
    }

    /// False when Graph does not take the token.
    private func isTaken(_ grant: Grant, forced: Bool, deadline: ContinuousClock.Instant) async throws -> Bool {
        let token = try await tokens.token(for: grant.id, of: grant.tenantID, forced: forced, deadline: deadline)
        do {
            try await read(grant, token: token, deadline: deadline)
            return true
        } catch {
            if error.kind == .revoked { return false }
            throw error
        }
    }

    private func read(_ grant: Grant, token: String, deadline: ContinuousClock.Instant) async throws(MicrosoftFault) {
        let timeout = ContinuousClock.now.duration(to: deadline)
        if grant.level.mayRead {
            try await client.readInbox(accessToken: token, timeout: timeout)
        } else {
            _ = try await client.profile(accessToken: token, timeout: timeout)
        }
    }

    private func log(_ fault: MicrosoftFault, grant: Int64) {
        let level: Logger.Level = fault.kind == .applicationFault ? .error : .info
        logger.log(
            level: level, "A connection check was refused",
            metadata: [
                "grant.id": "\(grant)", "fault.class": "\(fault.kind.rawValue)", "fault.cause": "\(fault.cause)",
            ])
    }
}

extension APIError {
    /// What a partner is told of a fault of a connection, and what to do about it.
    init(connection fault: MicrosoftFault) {
        switch fault.kind {
        case .revoked, .codeRefused:
            self.init(
                .conflict, code: "CONNECTION_REVOKED",
                message:
                    "Access to the mailbox was withdrawn. Ask the owner to follow a new link from POST /campaigns/ms-graph."
            )
        case .expired:
            self.init(
                .conflict, code: "CONNECTION_EXPIRED",
                message:
                    "Access to the mailbox has expired. Ask the owner to follow a new link from POST /campaigns/ms-graph."
            )
        case .scopeMissing:
            self.init(
                .conflict, code: "CONNECTION_SCOPE_MISSING",
                message:
                    "The owner did not grant what this campaign needs. Ask the owner to follow a new link from POST /campaigns/ms-graph and to accept everything."
            )
        case .policyBlocked:
            self.init(
                .conflict, code: "CONNECTION_POLICY_BLOCKED",
                message:
                    "A policy of the owner's organisation blocks access. Its administrator has to allow this application; then try again."
            )
        case .accountDisabled:
            self.init(
                .conflict, code: "CONNECTION_ACCOUNT_DISABLED",
                message: "The owner's account is disabled or blocked at Microsoft. When it works again, try again.")
        case .mailboxMissing:
            self.init(
                .conflict, code: "CONNECTION_MAILBOX_MISSING",
                message:
                    "Microsoft has no usable cloud mailbox for this account. The organisation's administrator has to provide one; then try again."
            )
        case .applicationFault, .transient: self = .connectionTemporarilyUnavailable(retryAfter: fault.retryAfter)
        }
    }

    static let connectionTemporarilyUnavailable = connectionTemporarilyUnavailable(retryAfter: nil)

    static func connectionTemporarilyUnavailable(retryAfter: Int?) -> APIError {
        APIError(
            .serviceUnavailable, code: "CONNECTION_TEMPORARILY_UNAVAILABLE",
            message: "Microsoft cannot be asked now. Nothing has changed; try again after the seconds in Retry-After.",
            retryAfterSeconds: min(max(retryAfter ?? 10, 1), 3_600))
    }

    /// The mailbox has no grant any more.
    static let connectionLost = APIError(connection: MicrosoftFault(.revoked, cause: "no grant"))
}
