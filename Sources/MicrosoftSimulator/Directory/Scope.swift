/// One requested permission.
struct Scope: Sendable, Hashable {
    enum Resource: Hashable, Sendable {
        /// `openid`, `profile`, `email`, `offline_access`, which belong to no resource.
        case identity
        case graph
        case other(String)
    }

    let resource: Resource
    /// Without the resource, in Microsoft's own letter case: `Mail.Send`.
    let name: String
    /// As the client wrote it.
    let asked: String

    /// The form in which grants are compared.
    var key: String { name.lowercased() }

    var longForm: String {
        resource == .graph ? Self.graphPrefix + name : name
    }

    /// Reads one word of a `scope` parameter. A bare name means Graph.
    ///
    /// Throws AADSTS70011 for a scope that does not exist.
    init(_ word: String) throws(IdentityFailure) {
        let lower = word.lowercased()
        if Self.identityScopes.contains(lower) {
            (resource, name, asked) = (.identity, lower, word)
            return
        }
        let graphName = lower.hasPrefix(Self.graphPrefix) ? String(word.dropFirst(Self.graphPrefix.count)) : word
        if graphName.contains("://"), let cut = graphName.lastIndex(of: "/") {
            (resource, name, asked) = (
                .other(graphName[..<cut].lowercased()), String(graphName[graphName.index(after: cut)...]), word
            )
            return
        }
        if graphName == ".default" {
            (resource, name, asked) = (.graph, graphName, word)
            return
        }
        guard let known = Self.graphScopes[graphName.lowercased()] else { throw IdentityFailure(70011, word) }
        (resource, name, asked) = (.graph, known.name, word)
    }

    /// Reads a whole `scope` parameter, each scope once. `.default` must stand alone for its resource.
    static func list(_ text: String) throws(IdentityFailure) -> [Scope] {
        var scopes: [Scope] = []
        for word in text.split(separator: " ") {
            let scope = try Scope(String(word))
            if !scopes.contains(where: { $0.key == scope.key && $0.resource == scope.resource }) {
                scopes.append(scope)
            }
        }
        let permissions = scopes.filter { $0.resource != .identity }
        if permissions.count > 1, permissions.contains(where: { $0.name == ".default" }) {
            throw IdentityFailure(70011, text)
        }
        return scopes
    }

    static let graphPrefix = "https://graph.microsoft.com/"
    static let identityScopes: Set<String> = ["openid", "profile", "email", "offline_access"]
}

extension [Scope] {
    /// Only the permissions on Graph.
    var permissions: [Scope] { filter { $0.resource == .graph } }

    func contains(identity name: String) -> Bool {
        contains { $0.resource == .identity && $0.name == name }
    }
}
