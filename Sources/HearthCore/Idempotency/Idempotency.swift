import Foundation
import HTTPTypes
import HearthWeb
import Hummingbird
import Postgres

/// Makes repeated writes harmless: the same key with the same body returns the first answer again, for 24 hours.
///
/// Only 2xx answers are stored, in the commit of their effect, so that the effect never exists without its answer. After any
/// other answer the key can be used again.
package struct Idempotency: Sendable {
    let store: IdempotencyStore
    let now: @Sendable () -> Date
    private let recorder: AuditRecorder

    package init(_ dependencies: Dependencies) {
        recorder = dependencies.recorder
        store = IdempotencyStore(database: dependencies.database, keyRing: dependencies.keyRing)
        now = dependencies.now
    }

    func run(
        _ write: PartnerWrite, body: ParsedBody, _ effect: (IdempotentCall) async throws -> RecordedAnswer
    ) async throws -> RecordedResponse {
        let tenant = write.context.tenantID
        let note = CallAudit(write.request, write.context, recorder, at: now())
        let key = write.repetition == .unkeyed ? nil : try IdempotencyKey(write.request, body: body)
        guard let key else { return try await Self.response(of: effect(IdempotentCall(note))) }
        for _ in 0..<5 {
            if let answer = try await earlierAnswer(key, of: tenant) {
                // A replayed answer is audited too, because it may contain a secret.
                _ = try await store.database.write(note.insertion(outcome: "replayed").statement)
                return RecordedResponse(recorded: answer)
            }
            do {
                if let answer = try await attempt(key, of: tenant, write.repetition, note, effect) {
                    return Self.response(of: answer)
                }
            } catch let error as ServerError where error.constraint == "idempotency_keys_pkey" {
                // The same call ran concurrently and committed first, so its answer is available now.
                continue
            }
        }
        throw APIError.idempotencyKeyInUse(retryAfterSeconds: 1)
    }

    private static func response(of recorded: RecordedAnswer) -> RecordedResponse {
        RecordedResponse(recorded: recorded.answer.response)
    }

    private func earlierAnswer(_ key: IdempotencyKey, of tenant: Int64) async throws -> Response? {
        let now = now()
        switch try await store.find(key, of: tenant, at: now) {
        case .unknown: return nil
        case .otherCall: throw APIError.idempotencyKeyReused
        case .running(let until):
            // The other call may have started after this one read the clock.
            let left = min(until.timeIntervalSince(now), IdempotencyStore.lease)
            throw APIError.idempotencyKeyInUse(retryAfterSeconds: Int(left.rounded(.up)))
        case .finished(let answer):
            var response = answer.response
            response.headers[.idempotencyReplayed] = "true"
            return response
        }
    }

    /// Returns nil if another call took the lease first.
    private func attempt(
        _ key: IdempotencyKey, of tenant: Int64, _ repetition: Repetition, _ note: CallAudit,
        _ effect: (IdempotentCall) async throws -> RecordedAnswer
    ) async throws -> RecordedAnswer? {
        let now = now()
        guard repetition == .asksOutside else {
            return try await effect(call(key, of: tenant, lease: nil, note, at: now))
        }
        guard let lease = try await store.lease(key, of: tenant, at: now) else { return nil }
        do {
            return try await effect(call(key, of: tenant, lease: lease, note, at: now))
        } catch {
            // Safe even if the outcome of the commit is unknown: a committed key has its answer and is not deleted.
            await cleanUp("the lease of an idempotency key") { [store] in
                try await store.release(key, of: tenant, lease: lease)
            }
            throw error
        }
    }

    private func call(
        _ key: IdempotencyKey, of tenant: Int64, lease: Int?, _ note: CallAudit, at now: Date
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
