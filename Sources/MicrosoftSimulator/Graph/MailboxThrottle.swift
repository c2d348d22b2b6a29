import Foundation

/// The limits per application and mailbox: so many requests in ten minutes, so many at once (contract 5.11).
struct MailboxThrottle: Sendable {
    struct Key: Hashable, Sendable {
        let clientID: String
        let account: AccountID
    }

    enum Verdict: Sendable, Equatable {
        case admitted
        case tooMany(retryAfterSeconds: Int)
        case tooConcurrent
    }

    static let window: TimeInterval = 600

    private var windows: [Key: (start: Date, count: Int)] = [:]
    private var running: [Key: Int] = [:]

    /// Counts a request. An admitted one must be ended with ``end(_:)``; throttled ones count too.
    mutating func begin(_ key: Key, limit: Int, concurrency: Int, at now: Date) -> Verdict {
        var current = windows[key] ?? (now, 0)
        if now.timeIntervalSince(current.start) >= Self.window || now < current.start { current = (now, 0) }
        current.count += 1
        windows[key] = current
        if current.count > limit {
            let rest = Self.window - now.timeIntervalSince(current.start)
            return .tooMany(retryAfterSeconds: max(1, Int(rest.rounded(.up))))
        }
        guard running[key, default: 0] < concurrency else { return .tooConcurrent }
        running[key, default: 0] += 1
        return .admitted
    }

    mutating func end(_ key: Key) {
        running[key] = running[key].flatMap { $0 > 1 ? $0 - 1 : nil }
    }
}
