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
    /// 0 while the answer is under way, and for a connection that was cut.
    package var status: Int
}

/// How often one code was presented, and how often it was exchanged for tokens.
package struct CodeUse: Sendable, Equatable {
    package var attempts = 0
    package var successes = 0
}

/// Who called what: the log behind "no code redeemed twice" and "a pending campaign costs no calls".
struct RequestJournal: Sendable {
    /// Older entries go; the counts stay.
    static let capacity = 100_000

    private(set) var requests: [RecordedRequest] = []
    private(set) var counts: [Operation: Int] = [:]
    private(set) var codes: [String: CodeUse] = [:]
    private(set) var refreshes = 0
    private var next = 1
    /// The sequence number of the first entry that is still there.
    private var first = 1

    /// Notes the arrival; the sequence number ends the entry later.
    mutating func begin(
        _ exchange: Exchange, operation: Operation, account: String?, isFault: Bool, at time: Date
    ) -> Int {
        let form = operation == .token ? exchange.form : FormFields()
        let hash = form["code"].map { SHA256.hash(data: Data($0.utf8)).hexadecimal }
        let sequence = next
        next += 1
        requests.append(
            RecordedRequest(
                sequence: sequence, time: time, operation: operation, method: exchange.method.rawValue,
                path: exchange.path, account: account, grantType: form["grant_type"], codeHash: hash, isFault: isFault,
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
        return sequence
    }

    /// - Parameter redeemed: whether a code was exchanged for tokens, also when the answer was spoiled afterwards.
    mutating func end(_ sequence: Int, status: Int, redeemed: Bool) {
        guard sequence >= first, requests.indices.contains(sequence - first) else { return }
        requests[sequence - first].status = status
        if redeemed, let hash = requests[sequence - first].codeHash { codes[hash, default: CodeUse()].successes += 1 }
    }

    mutating func clear() {
        requests = []
        counts = [:]
        codes = [:]
        refreshes = 0
        first = next
    }
}
