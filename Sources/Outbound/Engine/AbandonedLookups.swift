import Glibc

/// Name look-ups whose request has ended before them. Each keeps a thread of the resolver busy until it ends, so they
/// are counted and capped, in all and per fairness key.
///
/// libcurl does not say when such a thread ends. The system's resolver gives up by its own limits; each counts for as long.
final class AbandonedLookups {
    private struct Entry {
        let key: Int64?
        let until: Int64
    }

    /// Two servers, two tries of 5 s each, as glibc has it without other settings.
    private static let life: Int64 = 20_000

    private let limit: Int
    private let limitPerKey: Int
    private var entries: [Entry] = []

    init(limit: Int, limitPerKey: Int) {
        self.limit = limit
        self.limitPerKey = limitPerKey
    }

    func mayBegin(key: Int64?) -> Bool {
        guard !entries.isEmpty else { return true }
        let now = Self.now
        entries.removeAll { $0.until <= now }
        return entries.count < limit && (key == nil || entries.count { $0.key == key } < limitPerKey)
    }

    func abandoned(host: String, key: Int64?) {
        entries.append(Entry(key: key, until: Self.now + Self.life))
    }

    /// Milliseconds of the monotonic clock.
    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
