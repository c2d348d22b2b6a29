import HTTPTypes
import HearthCore
import HearthWeb
import Hummingbird

/// Registers the console's paths. Pages only read; forms write, and are refused while the database is in quarantine. Signing
/// in and out are exempt, so that people can look at a restored copy.
struct ConsolePaths {
    private let reads: RouterGroup<AppContext>
    private let writes: RouterGroup<AppContext>

    init(_ group: RouterGroup<AppContext>, _ dependencies: Dependencies) {
        reads = group
        writes = group.group().add(middleware: RefuseWhileQuarantined(dependencies))
    }

    private init(reads: RouterGroup<AppContext>, writes: RouterGroup<AppContext>) {
        self.reads = reads
        self.writes = writes
    }

    /// Paths under a prefix.
    func group(_ prefix: RouterPath) -> ConsolePaths {
        ConsolePaths(reads: reads.group(prefix), writes: writes.group(prefix))
    }

    typealias Handler = @Sendable (Request, AppContext) async throws -> Response

    func get(_ path: RouterPath, use handler: @escaping Handler) { reads.get(path, use: handler) }

    func post(_ path: RouterPath, use handler: @escaping Handler) { writes.post(path, use: handler) }

    /// A form that signs in or out; it works in quarantine, too.
    func postSession(_ path: RouterPath, use handler: @escaping Handler) { reads.post(path, use: handler) }
}
