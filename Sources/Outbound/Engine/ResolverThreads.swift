import FoundationEssentials
import Synchronization

/// Identifies libcurl's resolver threads by their names.
///
/// libcurl reports when a lookup begins (just before it creates the thread, on the calling thread) but not when an
/// abandoned one ends. A new thread inherits the name of its creator, so the engine's thread takes a unique name for that
/// moment, and the lookup has ended when no thread of the process has that name any more.
enum ResolverThreads {
    private static let counter = Atomic<UInt32>(0)

    /// Returns a name that is unique among any ten million consecutive lookups of this process.
    static func nextName() -> String {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        return "lookup-\(number % 10_000_000)"
    }

    /// The names of all threads of this process; nil if the system does not list them.
    static func runningNames() -> Set<String>? {
        let folder = "/proc/self/task"
        guard let threads = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
        var names: Set<String> = []
        for thread in threads {
            // A thread may end after it was listed.
            guard let name = FileManager.default.contents(atPath: "\(folder)/\(thread)/comm") else { continue }
            names.insert(String(decoding: name.prefix { $0 != 0x0A }, as: UTF8.self))
        }
        return names
    }
}
