package import HearthWeb
package import Hummingbird

/// How a route makes a repeated call harmless.
package enum Repetition: Sendable {
    /// The effect is a commit alone: the answer is kept in it, and nothing marks a call that is running.
    case commit
    /// The call asks another server before its commit. The key is held under a lease meanwhile, so that two repetitions do
    /// not both ask.
    case asksOutside
    /// The call has no key.
    case unkeyed
}

/// A writing call of a partner, with what its route declares of it.
package struct PartnerWrite: Sendable {
    let request: Request
    let context: TenantContext
    let repetition: Repetition
    let idempotency: Idempotency

    /// Runs `effect` at most once per Idempotency-Key. It must record its answer in its transaction.
    ///
    /// - Throws: `APIError`: 400 `IDEMPOTENCY_KEY_INVALID`, 422 `IDEMPOTENCY_KEY_REUSED`, 409 `IDEMPOTENCY_KEY_IN_USE`;
    ///   and what `effect` throws.
    package func once(
        _ body: ParsedBody = .empty, _ effect: (IdempotentCall) async throws -> RecordedAnswer
    ) async throws -> RecordedResponse {
        try await idempotency.run(self, body: body, effect)
    }
}

/// An answer whose audit entry stands in the transaction of its effect.
package struct RecordedAnswer: Sendable {
    let answer: PreparedAnswer

    /// Made by ``IdempotentCall`` alone.
    init(recorded answer: PreparedAnswer) {
        self.answer = answer
    }
}

/// The response of a writing call that has its audit entry.
package struct RecordedResponse: Sendable {
    package let response: Response

    /// Made by ``Idempotency`` alone.
    init(recorded response: Response) {
        self.response = response
    }
}
