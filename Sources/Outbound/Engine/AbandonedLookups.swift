/// Name lookups that libcurl's resolver threads are still running although their request has ended.
///
/// A lookup cannot be interrupted, so a target with a dead name server could accumulate threads without limit. This value
/// keeps track of them; it does no I/O.
struct AbandonedLookups {
    let maximum: Int
    let maximumPerKey: Int
    /// The fairness key of each lookup, by the name of its thread.
    private var keys: [String: Int64?] = [:]

    init(maximum: Int, maximumPerKey: Int) {
        self.maximum = maximum
        self.maximumPerKey = maximumPerKey
    }

    var isEmpty: Bool { keys.isEmpty }

    mutating func add(thread name: String, key: Int64?) {
        keys[name] = .some(key)
    }

    /// Forgets the lookups whose threads have ended.
    mutating func keep(onlyThreads running: Set<String>) {
        keys = keys.filter { running.contains($0.key) }
    }

    /// Whether another lookup may start for that key.
    func admits(key: Int64?) -> Bool {
        if keys.count >= maximum { return false }
        guard let key else { return true }
        return keys.values.count { $0 == key } < maximumPerKey
    }
}
