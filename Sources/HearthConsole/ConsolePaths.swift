import HTTPTypes
import HearthCore
import HearthWeb
import Hummingbird

/// Where the console's paths are added: pages are reads, forms write and are refused while the database is in quarantine. A
/// person who looks at a restored copy signs in first, so signing in and out are exempt.
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

    /// The paths under a prefix.
    func group(_ prefix: RouterPath) -> ConsolePaths {
        ConsolePaths(reads: reads.group(prefix), writes: writes.group(prefix))
    }

    typealias Handler = @Sendable (Request, AppContext) async throws -> Response

    func get(_ path: RouterPath, use handler: @escaping Handler) { reads.get(path, use: handler) }

    func post(_ path: RouterPath, use handler: @escaping Handler) { writes.post(path, use: handler) }

    /// A form of signing in or out.
    func postSession(_ path: RouterPath, use handler: @escaping Handler) { reads.post(path, use: handler) }
}
