/// The calls of one account, of one organisation or of all together.
package struct CallCounts: Sendable, Equatable {
    /// By operation; without those that never happened.
    package var operations: [Operation: Int] = [:]
    package var total = 0
    package var refreshes = 0
    /// Answers of 400 and more, throttled ones included.
    package var refused = 0
    /// 429 answers.
    package var throttled = 0
    /// Calls made before the `Retry-After` of an earlier response had passed.
    package var early = 0
    /// The most calls in progress at once.
    package var highestConcurrency = 0

    package init() {}
}

/// Counters for many keys: one row of numbers for each, in one array, so that a hundred thousand accounts and millions
/// of calls stay a few megabytes.
struct CallTable<Key: Hashable & Sendable>: Sendable {
    private enum Column: Int, CaseIterable {
        case refreshes, refused, throttled, early, highest, running
    }

    private static var width: Int { Operation.allCases.count + Column.allCases.count }

    private var rows: [Key: Int32] = [:]
    private var cells: [UInt32] = []

    var keys: [Key] { Array(rows.keys) }

    mutating func begin(_ key: Key, operation: Operation, isRefresh: Bool, isEarly: Bool) {
        let row = row(of: key)
        cells[row + operation.index] += 1
        if isRefresh { cells[row + Self.cell(.refreshes)] += 1 }
        if isEarly { cells[row + Self.cell(.early)] += 1 }
        cells[row + Self.cell(.running)] += 1
        cells[row + Self.cell(.highest)] = max(
            cells[row + Self.cell(.highest)], cells[row + Self.cell(.running)]
        )
    }

    mutating func end(_ key: Key, status: Int) {
        let row = row(of: key)
        if status >= 400 { cells[row + Self.cell(.refused)] += 1 }
        if status == 429 { cells[row + Self.cell(.throttled)] += 1 }
        // A call that began before the counters were cleared was not counted as running.
        let running = row + Self.cell(.running)
        if cells[running] > 0 { cells[running] -= 1 }
    }

    subscript(key: Key) -> CallCounts {
        guard let start = rows[key] else { return CallCounts() }
        let row = Int(start) * Self.width
        var counts = CallCounts()
        for operation in Operation.allCases where cells[row + operation.index] > 0 {
            counts.operations[operation] = Int(cells[row + operation.index])
            counts.total += Int(cells[row + operation.index])
        }
        counts.refreshes = Int(cells[row + Self.cell(.refreshes)])
        counts.refused = Int(cells[row + Self.cell(.refused)])
        counts.throttled = Int(cells[row + Self.cell(.throttled)])
        counts.early = Int(cells[row + Self.cell(.early)])
        counts.highestConcurrency = Int(cells[row + Self.cell(.highest)])
        return counts
    }

    func highestConcurrency(of key: Key) -> Int {
        rows[key].map { Int(cells[Int($0) * Self.width + Self.cell(.highest)]) } ?? 0
    }

    private mutating func row(of key: Key) -> Int {
        if let row = rows[key] { return Int(row) * Self.width }
        let row = rows.count
        rows[key] = Int32(row)
        cells.append(contentsOf: repeatElement(0, count: Self.width))
        return row * Self.width
    }

    private static func cell(_ column: Column) -> Int { Operation.allCases.count + column.rawValue }
}

extension Operation {
    /// The operation's place in a row of counters.
    fileprivate var index: Int {
        switch self {
        case .discovery: 0
        case .instance: 1
        case .keys: 2
        case .authorize: 3
        case .token: 4
        case .adminConsent: 5
        case .me: 6
        case .folders: 7
        case .messages: 8
        case .drafts: 9
        case .send: 10
        case .sendMail: 11
        case .other: 12
        case .reply: 13
        case .move: 14
        case .deletion: 15
        case .delta: 16
        case .subscriptions: 17
        case .attachments: 18
        }
    }
}
