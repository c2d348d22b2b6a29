import Crypto
package import Foundation
import HTTPTypes

/// One request that reached the simulated Microsoft.
package struct RecordedRequest: Sendable, Equatable {
    package let sequence: Int
    package let time: Date
    package let operation: Operation
    package let method: String
    /// Without the query: it may carry codes.
    package let path: String
    package let account: String?
    /// `authorization_code` or `refresh_token` at the token endpoint.
    package let grantType: String?
    /// SHA-256 of the code, hexadecimal, at its redemption.
    package let codeHash: String?
    package let isFault: Bool
    /// 0 until the response is sent, and if the connection was cut.
    package var status: Int
}

/// How often one code was presented, and how often it was exchanged for tokens.
package struct CodeUse: Sendable, Equatable {
    package var attempts = 0
    package var successes = 0
}

/// The log of all requests, for tests such as "no code is redeemed twice" and "a pending campaign costs no calls".
struct RequestJournal: Sendable {
    /// Older entries are dropped; the counts stay.
    static let capacity = 100_000

    private(set) var requests: [RecordedRequest] = []
    private(set) var counts: [Operation: Int] = [:]
    private(set) var codes: [String: CodeUse] = [:]
    private(set) var refreshes = 0
    /// Counts every call in bounded memory, including those that the log has dropped.
    private(set) var calls = CallTable<CallKey>()
    /// Calls by day since 1970.
    private(set) var days: [Int: Int] = [:]
    private(set) var lastCallAt: Date?
    private(set) var countedSince: Date?
    /// When the last `Retry-After` ends, separately for Graph and the identity platform.
    private var heldBack: [HeldBack: Date] = [:]
    private var next = 1
    /// The sequence number at which counting began.
    private var beginning = 1
    /// The sequence number of the first entry kept.
    private var first = 1

    private struct HeldBack: Hashable {
        let key: CallKey
        let isGraph: Bool
    }

    /// Records the arrival of a request; ``end(_:status:redeemed:)`` completes the entry.
    mutating func begin(
        _ exchange: Exchange, operation: Operation, account: Account?, isFault: Bool, at time: Date
    ) -> JournalEntry {
        let form = operation == .token ? exchange.form : FormFields()
        let hash = form["code"].map { SHA256.hash(data: Data($0.utf8)).hexadecimal }
        let sequence = next
        next += 1
        requests.append(
            RecordedRequest(
                sequence: sequence, time: time, operation: operation, method: exchange.method.rawValue,
                path: exchange.path, account: account?.address, grantType: form["grant_type"], codeHash: hash,
                isFault: isFault,
                status: 0
            )
        )
        counts[operation, default: 0] += 1
        if let hash { codes[hash, default: CodeUse()].attempts += 1 }
        if form["grant_type"] == "refresh_token" { refreshes += 1 }
        if requests.count > Self.capacity {
            requests.removeFirst(Self.capacity / 2)
            first = requests.first?.sequence ?? next
        }
        let entry = JournalEntry(sequence: sequence, keys: Self.keys(operation, account), isGraph: operation.isGraph)
        let isEarly = entry.keys.contains { key in
            heldBack[HeldBack(key: key, isGraph: entry.isGraph)].map { time < $0 } ?? false
        }
        let isRefresh = form["grant_type"] == "refresh_token"
        for key in entry.keys { calls.begin(key, operation: operation, isRefresh: isRefresh, isEarly: isEarly) }
        days[Int((time.timeIntervalSince1970 / 86_400).rounded(.down)), default: 0] += 1
        lastCallAt = time
        countedSince = countedSince ?? time
        return entry
    }

    private static func keys(_ operation: Operation, _ account: Account?) -> [CallKey] {
        var keys: [CallKey] = [.all]
        if operation != .other { keys.append(operation.isGraph ? .graph : .identity) }
        if let account { keys += [.account(account.id), .organization(account.id.tenantID)] }
        return keys
    }

    /// Records that `key` was asked to wait.
    mutating func holdBack(_ key: CallKey, isGraph: Bool, until date: Date) {
        heldBack[HeldBack(key: key, isGraph: isGraph)] = date
    }

    /// - Parameter redeemed: whether a code was exchanged for tokens, even if a fault then replaced the response.
    mutating func end(_ entry: JournalEntry, status: Int, redeemed: Bool) {
        let sequence = entry.sequence
        if sequence >= beginning {
            for key in entry.keys { calls.end(key, status: status) }
        }
        guard sequence >= first, requests.indices.contains(sequence - first) else { return }
        requests[sequence - first].status = status
        if redeemed, let hash = requests[sequence - first].codeHash { codes[hash, default: CodeUse()].successes += 1 }
    }

    mutating func clear() {
        requests = []
        counts = [:]
        codes = [:]
        refreshes = 0
        calls = CallTable()
        days = [:]
        lastCallAt = nil
        countedSince = nil
        heldBack = [:]
        first = next
        beginning = next
    }
}
