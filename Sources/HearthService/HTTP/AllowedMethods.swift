import HTTPTypes
import Hummingbird
import Synchronization

/// Which methods every path of the router takes, to tell an unknown path (404) from a wrong method (405).
///
/// The router itself answers 404 to both. It has to learn the routes after they were added, because middleware stands
/// before the routes that it applies to.
final class AllowedMethods: Sendable {
    private struct Entry {
        let path: RouterPath
        var methods: Set<HTTPRequest.Method>
    }

    private let entries = Mutex<[Entry]>([])

    /// Takes the routes of a router that is complete.
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

    /// The methods of every route that the path matches; empty if there is none.
    func methods(forPath path: String) -> Set<HTTPRequest.Method> {
        let segments = path.split(separator: "/")
        return entries.withLock { entries in
            entries.reduce(into: []) { methods, entry in
                if Self.matches(entry.path, segments) { methods.formUnion(entry.methods) }
            }
        }
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
