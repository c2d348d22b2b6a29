package import Foundation

/// A limit that a test sets on a mailbox or an organisation, in addition to Microsoft's own.
package struct ThrottleRule: Sendable, Equatable {
    package enum Scope: String, Sendable, CaseIterable {
        /// Calls to Graph: 429 `TooManyRequests`.
        case graph
        /// The token endpoint: 429 AADSTS90055.
        case token
        case all
    }

    package var scope = Scope.all
    /// Calls per window; nil for no limit.
    package var requests: Int?
    package var windowSeconds = 600
    /// Concurrent calls; nil for no limit.
    package var concurrency: Int?
    /// Every call is refused until then.
    package var until: Date?
    /// The value of `Retry-After`; nil for the seconds until the limit ends.
    package var retryAfterSeconds: Int?

    package init() {}
}

/// The state of every limit: requests in the current window, and concurrent ones.
struct Throttle: Sendable {
    enum Key: Hashable, Sendable {
        /// Microsoft's own: per application and mailbox.
        case mailbox(clientID: String, AccountID)
        /// A test's: per mailbox.
        case account(AccountID)
        /// A test's: per tenant.
        case organization(String)
    }

    enum Verdict: Sendable, Equatable {
        case admitted
        case tooMany(retryAfterSeconds: Int)
        case tooConcurrent(retryAfterSeconds: Int)
    }

    private(set) var rules: [Key: ThrottleRule] = [:]
    private var windows: [Key: (start: Date, count: Int)] = [:]
    private var running: [Key: Int] = [:]

    /// Nil removes the rule. A new window begins.
    mutating func set(_ rule: ThrottleRule?, for key: Key) {
        rules[key] = rule
        windows[key] = nil
    }

    func rule(for key: Key, operation: Operation) -> ThrottleRule? {
        guard let rule = rules[key] else { return nil }
        switch rule.scope {
        case .graph: return operation.isGraph ? rule : nil
        case .token: return operation == .token ? rule : nil
        case .all: return operation.isGraph || operation == .token ? rule : nil
        }
    }

    /// Counts a request. An admitted one must be ended with ``end(_:)``; refused ones count too.
    mutating func begin(_ key: Key, _ rule: ThrottleRule, at now: Date) -> Verdict {
        if let until = rule.until, now < until {
            return .tooMany(retryAfterSeconds: rule.retryAfterSeconds ?? Self.seconds(until.timeIntervalSince(now)))
        }
        if let limit = rule.requests {
            let window = TimeInterval(rule.windowSeconds)
            var current = windows[key] ?? (now, 0)
            if now.timeIntervalSince(current.start) >= window || now < current.start { current = (now, 0) }
            current.count += 1
            windows[key] = current
            if current.count > limit {
                let rest = window - now.timeIntervalSince(current.start)
                return .tooMany(retryAfterSeconds: rule.retryAfterSeconds ?? Self.seconds(rest))
            }
        }
        if let limit = rule.concurrency, running[key, default: 0] >= limit {
            return .tooConcurrent(retryAfterSeconds: rule.retryAfterSeconds ?? 1)
        }
        running[key, default: 0] += 1
        return .admitted
    }

    mutating func end(_ key: Key) {
        running[key] = running[key].flatMap { $0 > 1 ? $0 - 1 : nil }
    }

    private static func seconds(_ interval: TimeInterval) -> Int { max(1, Int(interval.rounded(.up))) }
}

extension SimulatorState {
    /// Checks every limit that applies to a call. The verdict is the first refusal, of the limit `refusing`. The limits in
    /// `held` must be ended afterwards.
    mutating func throttle(
        _ operation: Operation, clientID: String?, mailbox: AccountID
    ) -> (verdict: Throttle.Verdict, held: [Throttle.Key], refusing: Throttle.Key?) {
        var asked: [(key: Throttle.Key, rule: ThrottleRule)] = []
        if let clientID, operation.isGraph {
            var own = ThrottleRule()
            own.requests = behaviours.mailboxRequestLimit
            own.concurrency = behaviours.mailboxConcurrency
            asked.append((.mailbox(clientID: clientID, mailbox), own))
        }
        for key in [Throttle.Key.account(mailbox), .organization(mailbox.tenantID)] {
            if let rule = throttles.rule(for: key, operation: operation) { asked.append((key, rule)) }
        }
        var held: [Throttle.Key] = []
        for (key, rule) in asked {
            let verdict = throttles.begin(key, rule, at: now)
            guard verdict == .admitted else { return (verdict, held, key) }
            held.append(key)
        }
        return (.admitted, held, nil)
    }

    /// The 429 of Graph or of the token endpoint; nil if the call is admitted.
    mutating func refusal(_ verdict: Throttle.Verdict, _ operation: Operation, _ exchange: Exchange) -> Reply? {
        let code: String
        let seconds: Int
        switch verdict {
        case .admitted: return nil
        case .tooMany(let rest): (code, seconds) = ("TooManyRequests", rest)
        case .tooConcurrent(let rest): (code, seconds) = ("ApplicationThrottled", rest)
        }
        let reply =
            operation.isGraph
            ? graphError(.known(code, status: 429), exchange) : tokenError(IdentityFailure(90055), exchange)
        return reply.adding("Retry-After", String(seconds))
    }
}
