import Foundation
import HTTPTypes
package import HearthWeb
package import Hummingbird
import Postgres

/// Makes a repeated write harmless: same key and same body give the first answer again, for 24 hours.
///
/// Only answers of 2xx are kept, and in the commit of their effect: there is no moment at which the effect is there and
/// its answer is not. Any other answer leaves the key free.
package struct Idempotency: Sendable {
    let store: IdempotencyStore
    let now: @Sendable () -> Date
    private let pen: AuditPen

    package init(_ dependencies: Dependencies) {
        pen = dependencies.pen
        store = IdempotencyStore(database: dependencies.database, keyRing: dependencies.keyRing)
        now = dependencies.now
    }

    /// How the call's effect comes about.
    package enum Shape: Sendable {
        /// Statements alone: the finished row comes with the effect, and nothing marks a call that runs.
        case commit
        /// It asks another server in its middle: the key is held under a lease meanwhile, so that two repetitions do
        /// not both ask.
        case asksOutside
    }

    /// Runs `effect` at most once per key. It must hand its answer to the call's `record` in its transaction.
    ///
    /// - Throws: `APIError`: 400 `IDEMPOTENCY_KEY_INVALID`, 422 `IDEMPOTENCY_KEY_REUSED`, 409 `IDEMPOTENCY_KEY_IN_USE`;
    ///   and what `effect` throws.
    package func run(
        _ request: Request, _ context: TenantContext, body: ParsedBody, shape: Shape = .commit,
        _ effect: (IdempotentCall) async throws -> PreparedAnswer
    ) async throws -> Response {
        let note = AuditNote(request, context, pen, at: now())
        guard let key = try IdempotencyKey(request, body: body) else {
            return try await effect(IdempotentCall(note)).response
        }
        for _ in 0..<5 {
            if let answer = try await earlierAnswer(key, of: context.tenantID) {
                // It may show a secret again.
                _ = try await store.database.write(note.insertion(outcome: "replayed").statement)
                return answer
            }
            do {
                if let answer = try await attempt(key, of: context.tenantID, shape: shape, note, effect) {
                    return answer
                }
            } catch let error as ServerError where error.constraint == "idempotency_keys_pkey" {
                // The same call ran at the same time and was first: its answer is there now.
                continue
            }
        }
        throw APIError.idempotencyKeyInUse(retryAfterSeconds: 1)
    }

    /// A call that has no key, such as a GET, and is audited.
    package func unkeyed(_ request: Request, _ context: TenantContext) -> IdempotentCall {
        IdempotentCall(AuditNote(request, context, pen, at: now()))
    }

    private func earlierAnswer(_ key: IdempotencyKey, of tenant: Int64) async throws -> Response? {
        let now = now()
        switch try await store.find(key, of: tenant, at: now) {
        case .unknown: return nil
        case .otherCall: throw APIError.idempotencyKeyReused
        case .running(let until):
            // The other call may have begun after this one looked at the clock.
            let left = min(until.timeIntervalSince(now), IdempotencyStore.lease)
            throw APIError.idempotencyKeyInUse(retryAfterSeconds: Int(left.rounded(.up)))
        case .finished(let answer):
            var response = answer.response
            response.headers[.idempotencyReplayed] = "true"
            return response
        }
    }

    /// Nil when another call was faster to take the lease.
    private func attempt(
        _ key: IdempotencyKey, of tenant: Int64, shape: Shape, _ note: AuditNote,
        _ effect: (IdempotentCall) async throws -> PreparedAnswer
    ) async throws -> Response? {
        let now = now()
        try await store.clear(key, of: tenant, at: now)
        guard shape == .asksOutside else {
            return try await effect(call(key, of: tenant, lease: nil, note, at: now)).response
        }
        guard let lease = try await store.lease(key, of: tenant, at: now) else { return nil }
        do {
            return try await effect(call(key, of: tenant, lease: lease, note, at: now)).response
        } catch {
            // Even if the commit's outcome is unknown: what was committed has its answer, and is not touched.
            await cleanUp("the lease of an idempotency key") { [store] in
                try await store.release(key, of: tenant, lease: lease)
            }
            throw error
        }
    }

    private func call(
        _ key: IdempotencyKey, of tenant: Int64, lease: Int?, _ note: AuditNote, at now: Date
    ) -> IdempotentCall {
        IdempotentCall(note, key, of: tenant, lease: lease, keyRing: store.keyRing, at: now)
    }
}

extension APIError {
    static let idempotencyKeyReused = APIError(
        .unprocessableContent, code: "IDEMPOTENCY_KEY_REUSED",
        message: "This Idempotency-Key was used for another call. Use a new key for every new call.")

    static func idempotencyKeyInUse(retryAfterSeconds: Int) -> APIError {
        APIError(
            .conflict, code: "IDEMPOTENCY_KEY_IN_USE",
            message: "A call with this Idempotency-Key is still running. Repeat it after the seconds in Retry-After.",
            retryAfterSeconds: max(retryAfterSeconds, 1))
    }
}
