import HTTPTypes
import Hummingbird
import Synchronization

/// The methods of every path of the router, so that 405 can be distinguished from 404.
///
/// The router itself answers 404 in both cases. The routes must be learned after they were added, because middleware is
/// added before the routes that it applies to.
final class AllowedMethods: Sendable {
    private struct Entry {
        let path: RouterPath
        var methods: Set<HTTPRequest.Method>
    }

    private let entries = Mutex<[Entry]>([])

    /// Learns the routes of a complete router.
    func learn<Context: RequestContext>(_ router: Router<Context>) {
        var learned: [Entry] = []
        for route in router.routes {
            if let index = learned.firstIndex(where: { $0.path == route.path }) {
                learned[index].methods.insert(route.method)
            } else {
                learned.append(Entry(path: route.path, methods: [route.method]))
            }
        }
        entries.withLock { $0 = learned }
    }

    /// Returns the methods of the route that matches the path; empty if there is none. Like the router, it prefers the more
    /// specific of `campaigns/actions` and `campaigns/:id`.
    func methods(forPath path: String) -> Set<HTTPRequest.Method> {
        let segments = path.split(separator: "/")
        return entries.withLock { entries in
            entries.filter { Self.matches($0.path, segments) }
                .min { Self.places($0.path, segments).lexicographicallyPrecedes(Self.places($1.path, segments)) }?
                .methods ?? []
        }
    }

    /// For each segment 0 if the path has it literally, 1 if it accepts anything there.
    private static func places(_ path: RouterPath, _ segments: [Substring]) -> [Int] {
        zip(path, segments).map { element, segment in element == .path(segment) ? 0 : 1 }
    }

    private static func matches(_ path: RouterPath, _ segments: [Substring]) -> Bool {
        if path.components.last == .recursiveWildcard {
            guard segments.count >= path.count else { return false }
        } else if segments.count != path.count {
            return false
        }
        return zip(path, segments).allSatisfy { element, segment in element ~= segment }
    }
}
