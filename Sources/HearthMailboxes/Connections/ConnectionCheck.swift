import Foundation
import HTTPTypes
import HearthCore
package import HearthMicrosoft
package import HearthRules
package import HearthWeb
import Logging
package import Postgres
import StrictJSON

/// Checks whether a grant works now: its scopes, its token, and a read of the mailbox. Sends no mail.
package struct ConnectionCheck: Sendable {
    let tokens: AccessTokens
    let store: GrantStore
    let client: MicrosoftClient
    let record: ConnectionRecord
    let logger: Logger

    /// Time limit of the whole check.
    private static let limit = Duration.seconds(5)

    package init(_ connections: Connections, database: Database) {
        let dependencies = connections.dependencies
        store = GrantStore(database: database, keyRing: dependencies.keyRing)
        client = connections.microsoft
        logger = dependencies.logger
        record = ConnectionRecord(
            database: database, recorder: dependencies.recorder, work: dependencies.work, now: dependencies.now,
            dependents: connections.dependents)
        tokens = AccessTokens(
            store: store, references: ReferenceGrants(database: database),
            applications: MicrosoftApplications(
                database: database, keyRing: dependencies.keyRing, client: client),
            client: client, breaker: connections.breaker,
            refusals: ApplicationRefusals(database: database, logger: dependencies.logger), now: dependencies.now,
            meters: dependencies.meters)
    }

    /// Checks the connection for a waiting partner. The result is committed, even if this throws.
    ///
    /// - Throws: `APIError` with a `CONNECTION_…` code.
    package func check(grant id: Int64, of tenant: Int64) async throws {
        do {
            guard let grant = try await store.find(id, of: tenant) else {
                throw MicrosoftFault(.revoked, cause: "no grant")
            }
            try await prove(grant, within: Self.limit)
        } catch let fault as MicrosoftFault {
            throw APIError(connection: fault)
        }
    }

    /// Returns the permanent problem of the connection; nil if it works.
    ///
    /// - Throws: 503 `CONNECTION_TEMPORARILY_UNAVAILABLE` if it cannot be checked now.
    package func problem(grant id: Int64, of tenant: Int64) async throws -> ConnectionProblem? {
        do {
            guard let grant = try await store.find(id, of: tenant) else { return .revoked }
            try await prove(grant, within: Self.limit)
            return nil
        } catch let fault as MicrosoftFault {
            guard let problem = fault.kind.problem else { throw APIError(connection: fault) }
            return problem
        }
    }

    /// Checks the connection. The result is committed, even if this throws.
    ///
    /// - Parameter refreshing: whether the token is refreshed even if it is still valid.
    /// - Throws: `MicrosoftFault`.
    package func prove(_ grant: Grant, refreshing: Bool = false, within limit: Duration) async throws {
        do {
            guard grant.level.missing(from: GrantedScopes(names: grant.scopes)).isEmpty else {
                throw MicrosoftFault(.scopeMissing, cause: "granted scopes")
            }
            try await use(grant, refreshing: refreshing, deadline: .now + limit)
        } catch let fault as MicrosoftFault {
            log(fault, grant: grant.id)
            if let problem = fault.kind.problem {
                try await record.failed(
                    problem, endsGrant: fault.kind.endsGrant, isFinal: fault.source != .graph, grant: grant)
            }
            throw fault
        }
        try await record.succeeded(grant)
    }

    /// Reads once with the token. A token that Graph refuses is refreshed once.
    private func use(_ grant: Grant, refreshing: Bool, deadline: ContinuousClock.Instant) async throws {
        try await withToken(of: grant, refreshing: refreshing, deadline: deadline) { token in
            try await read(grant, token: token, deadline: deadline)
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

    func log(_ fault: MicrosoftFault, grant: Int64) {
        let level: Logger.Level = fault.kind == .applicationFault ? .error : .info
        logger.log(
            level: level, "Connection check failed",
            metadata: [
                "grant.id": "\(grant)", "fault.class": "\(fault.kind.rawValue)", "fault.cause": "\(fault.cause)",
            ])
    }
}

extension APIError {
    /// Creates the error returned to a partner for a fault of a connection.
    package init(connection fault: MicrosoftFault) {
        guard let problem = fault.kind.problem else {
            self = .connectionTemporarilyUnavailable(retryAfter: fault.retryAfter)
            return
        }
        self.init(connection: problem)
    }

    package init(connection problem: ConnectionProblem) {
        self.init(
            .conflict, code: problem.rawValue, message: problem.words,
            details: [("remedy", .string(problem.remedy.rawValue))])
    }

    package static let connectionTemporarilyUnavailable = connectionTemporarilyUnavailable(retryAfter: nil)

    package static func connectionTemporarilyUnavailable(retryAfter: Int?) -> APIError {
        APIError(
            .serviceUnavailable, code: "CONNECTION_TEMPORARILY_UNAVAILABLE",
            message:
                "The connection cannot be checked now. Nothing has changed; try again after the number of seconds in Retry-After.",
            retryAfterSeconds: min(max(retryAfter ?? 10, 1), 3_600))
    }

    /// The mailbox has no grant: its partner disconnected it.
    package static let connectionDisconnected = APIError(connection: ConnectionProblem.disconnected)
}
