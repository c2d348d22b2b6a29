import FoundationEssentials
import Synchronization

/// Tells libcurl's resolver threads apart by their names.
///
/// libcurl says when a lookup begins (just before it creates the thread, on the calling thread) but not when an abandoned
/// one ends. A new thread inherits the name of its creator, so the engine's thread takes a fresh name for that moment,
/// and the lookup has ended when no thread of the process bears it any more.
enum ResolverThreads {
    private static let counter = Atomic<UInt32>(0)

    /// A name that no other lookup of this process has, within any ten million of them.
    static func nextName() -> String {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        return "lookup-\(number % 10_000_000)"
    }

    /// The names of all threads of this process; `nil` if the system does not tell.
    static func runningNames() -> Set<String>? {
        let folder = "/proc/self/task"
        guard let threads = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
        var names: Set<String> = []
        for thread in threads {
            // A thread may end between the listing and the look.
            guard let name = FileManager.default.contents(atPath: "\(folder)/\(thread)/comm") else { continue }
            names.insert(String(decoding: name.prefix { $0 != 0x0A }, as: UTF8.self))
        }
        return names
    }
}
