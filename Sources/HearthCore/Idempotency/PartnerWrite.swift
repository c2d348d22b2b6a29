package import HearthWeb
package import Hummingbird

/// How a route makes a repeated call harmless.
package enum Repetition: Sendable {
    /// The effect is a single commit, in which the answer is stored. A running call is not marked.
    case commit
    /// The call asks another server before its commit. The key is leased meanwhile, so that concurrent repetitions do not
    /// both ask.
    case asksOutside
    /// The call does not support a key.
    case unkeyed
}

/// A partner's write, with the repetition that its route declares.
package struct PartnerWrite: Sendable {
    let request: Request
    let context: TenantContext
    let repetition: Repetition
    let idempotency: Idempotency

    /// Runs `effect` at most once per Idempotency-Key. It must record its answer in its transaction.
    ///
    /// - Throws: `APIError`: 400 `IDEMPOTENCY_KEY_INVALID`, 422 `IDEMPOTENCY_KEY_REUSED`, 409 `IDEMPOTENCY_KEY_IN_USE`;
    ///   and any error of `effect`.
    package func once(
        _ body: ParsedBody = .empty, _ effect: (IdempotentCall) async throws -> RecordedAnswer
    ) async throws -> RecordedResponse {
        try await idempotency.run(self, body: body, effect)
    }
}

/// An answer whose audit entry is part of the transaction of its effect.
package struct RecordedAnswer: Sendable {
    let answer: PreparedAnswer

    /// Only for ``IdempotentCall``.
    init(recorded answer: PreparedAnswer) {
        self.answer = answer
    }
}

/// The response of a write that has an audit entry.
package struct RecordedResponse: Sendable {
    package let response: Response

    /// Only for ``Idempotency``.
    init(recorded response: Response) {
        self.response = response
    }
}
