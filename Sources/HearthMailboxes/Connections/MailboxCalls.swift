import HearthMicrosoft
package import HearthRules

/// Calls to Microsoft with the token of a mailbox.
extension ConnectionCheck {
    /// The access that a mailbox's grant gives now.
    package struct Access: Sendable {
        package let token: String
        package let level: PermissionLevel
    }

    /// The mailbox has no grant, or its grant does not work.
    package struct NotConnected: Error {
        package let problem: ConnectionProblem
    }

    /// Calls Microsoft with the token of a mailbox. If Graph refuses the token, it is refreshed and the call is made once
    /// more; Graph checks the token first, so the refused call had no effect.
    ///
    /// A fault of the connection is recorded, with its consequences, before it is thrown.
    ///
    /// - Throws: ``NotConnected`` before any call; `MicrosoftFault`; and what `call` throws.
    package func call<Value: Sendable>(
        _ mailbox: Int64, of tenant: Int64, within limit: Duration, _ call: (Access) async throws -> Value
    ) async throws -> Value {
        guard let grant = try await store.current(of: mailbox, tenant: tenant), grant.state == .live else {
            throw NotConnected(problem: .disconnected)
        }
        do {
            return try await withToken(of: grant, deadline: .now + limit) { token in
                try await call(Access(token: token, level: grant.level))
            }
        } catch let fault as MicrosoftFault {
            log(fault, grant: grant.id)
            if let problem = fault.kind.problem {
                try await record.failed(
                    problem, endsGrant: fault.kind.endsGrant, isFinal: fault.source != .graph, grant: grant)
            }
            throw fault
        }
    }

    /// Records that the mailbox was read.
    package func succeeded(_ mailbox: Int64, of tenant: Int64) async throws {
        guard let grant = try await store.current(of: mailbox, tenant: tenant) else { return }
        try await record.succeeded(grant)
    }

    /// Runs `call` with a token of the grant. A token that Graph refuses is refreshed once.
    func withToken<Value>(
        of grant: Grant, refreshing: Bool = false, deadline: ContinuousClock.Instant,
        _ call: (String) async throws -> Value
    ) async throws -> Value {
        do {
            return try await call(try await tokens.token(for: grant, forced: refreshing, deadline: deadline))
        } catch let fault as MicrosoftFault where fault.kind == .tokenRefused {
            do {
                return try await call(try await tokens.token(for: grant, forced: true, deadline: deadline))
            } catch let fault as MicrosoftFault where fault.kind == .tokenRefused {
                // The token endpoint has just issued it, so this does not mean that the grant has ended.
                throw MicrosoftFault(.transient, source: .graph, cause: "graph refuses a fresh token", status: 401)
            }
        }
    }
}
