/// An application registered at Microsoft: the client of the code flow.
struct RegisteredApplication: Sendable {
    let clientID: String
    var name: String
    /// Any of them will do, until it expires.
    var secrets: [ApplicationSecret]
    /// All secrets at once count as expired (AADSTS7000222).
    var secretsExpired = false
    var redirectURIs: [String]
    var publisherVerified = true
    /// What `.default` stands for.
    var registeredScopes = ["User.Read", "Mail.Read", "Mail.ReadWrite", "Mail.Send"]

    /// Exactly, but for `http://localhost`, which matches any port.
    func accepts(redirectURI: String) -> Bool {
        redirectURIs.contains { $0 == redirectURI || Self.withoutLocalPort(redirectURI) == $0 }
    }

    /// `http://localhost:1234/path` as `http://localhost/path`; nil for anything else.
    private static func withoutLocalPort(_ address: String) -> String? {
        let prefix = "http://localhost:"
        guard address.hasPrefix(prefix) else { return nil }
        let rest = address.dropFirst(prefix.count).drop { $0.isNumber }
        guard rest.isEmpty || rest.hasPrefix("/") else { return nil }
        return "http://localhost" + rest
    }
}
