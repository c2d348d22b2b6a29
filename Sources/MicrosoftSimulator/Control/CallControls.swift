package import Foundation
import HTTPTypes
import Synchronization

/// The calls to the simulated Microsoft since the counters were cleared.
package struct CallSummary: Sendable, Equatable {
    package var all = CallCounts()
    package var identity = CallCounts()
    package var graph = CallCounts()
    /// The number of accounts with calls.
    package var accounts = 0
    /// The most concurrent calls for one account.
    package var highestAccountConcurrency = 0
    /// The most concurrent calls for one tenant.
    package var highestOrganizationConcurrency = 0
    package var firstCallAt: Date?
    package var lastCallAt: Date?
    /// By day, `2026-03-01`.
    package var days: [String: Int] = [:]

    package init() {}
}

extension MicrosoftSimulator {
    package var calls: CallSummary {
        state.withLock { state in
            let journal = state.journal
            var summary = CallSummary()
            summary.all = journal.calls[.all]
            summary.identity = journal.calls[.identity]
            summary.graph = journal.calls[.graph]
            summary.firstCallAt = journal.countedSince
            summary.lastCallAt = journal.lastCallAt
            for key in journal.calls.keys {
                let highest = journal.calls.highestConcurrency(of: key)
                switch key {
                case .account:
                    summary.accounts += 1
                    summary.highestAccountConcurrency = max(summary.highestAccountConcurrency, highest)
                case .organization:
                    summary.highestOrganizationConcurrency = max(summary.highestOrganizationConcurrency, highest)
                default: break
                }
            }
            for (day, count) in journal.days {
                let start = Date(timeIntervalSince1970: TimeInterval(day) * 86_400)
                summary.days[String(Timestamp.graph(start).prefix(10))] = count
            }
            return summary
        }
    }

    /// The calls of one account or one tenant; nil for an unknown one, or an application.
    package func calls(of target: ControlTarget) -> CallCounts? {
        state.withLock { state in
            switch state.subject(target) {
            case .account(let id): state.journal.calls[.account(id)]
            case .organization(let id): state.journal.calls[.organization(id)]
            case .application, nil: nil
            }
        }
    }

    /// `/simulator/calls`, `/simulator/calls/accounts`, `/simulator/calls/organizations`
    func calls(_ exchange: Exchange, _ rest: [String]) throws(ControlFailure) -> Reply {
        if exchange.method == .delete { clearRequests() }
        switch rest.first {
        case nil: break
        case "accounts", "organizations": return try callTable(exchange, ofAccounts: rest.first == "accounts")
        default: throw unknown("calls", rest.first ?? "")
        }
        if let address = exchange.query["account"] { return try calls(of: .account(address)) }
        if let name = exchange.query["organization"] { return try calls(of: .organization(name)) }
        return .json(calls.json)
    }

    private func calls(of target: ControlTarget) throws(ControlFailure) -> Reply {
        guard let counts: CallCounts = calls(of: target) else { throw unknown(target.field, target.name) }
        return .json(counts.json)
    }

    /// The busiest first.
    private func callTable(_ exchange: Exchange, ofAccounts: Bool) throws(ControlFailure) -> Reply {
        let text = exchange.query["limit"] ?? "100"
        guard let limit = Int(text), (1...100_000).contains(limit) else {
            throw ControlFailure(field: "limit", message: "Must be a whole number from 1 to 100000.")
        }
        let rows = state.withLock { state in
            state.journal.calls.keys.compactMap { key -> (name: String, counts: CallCounts)? in
                switch key {
                case .account(let id) where ofAccounts:
                    state.directory.account(id).map { ($0.address, state.journal.calls[key]) }
                case .organization(let id) where !ofAccounts:
                    (state.directory.organization(id)?.domains.first ?? "consumers", state.journal.calls[key])
                default: nil
                }
            }
        }
        let busiest = rows.sorted { ($1.counts.total, $0.name) < ($0.counts.total, $1.name) }.prefix(limit)
        let name = ofAccounts ? "account" : "organization"
        let list = busiest.map { row -> JSON in
            var members = row.counts.json.object ?? [:]
            members[name] = .string(row.name)
            return .object(members)
        }
        return .json(["calls": .array(list)])
    }
}

extension CallCounts {
    var json: JSON {
        [
            "total": .integer(total),
            "operations": .object(
                Dictionary(uniqueKeysWithValues: operations.map { ($0.key.rawValue, JSON.integer($0.value)) })
            ),
            "refreshes": .integer(refreshes),
            "refused": .integer(refused),
            "throttled": .integer(throttled),
            "early": .integer(early),
            "highestConcurrency": .integer(highestConcurrency),
        ]
    }
}

extension CallSummary {
    var json: JSON {
        [
            "all": all.json,
            "identity": identity.json,
            "graph": graph.json,
            "accounts": .integer(accounts),
            "highestAccountConcurrency": .integer(highestAccountConcurrency),
            "highestOrganizationConcurrency": .integer(highestOrganizationConcurrency),
            "firstCall": .text(firstCallAt.map(Timestamp.graph)),
            "lastCall": .text(lastCallAt.map(Timestamp.graph)),
            "days": .object(days.mapValues(JSON.integer)),
        ]
    }
}
