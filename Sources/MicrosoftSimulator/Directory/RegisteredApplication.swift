/// An application registered at Microsoft: the client of the code flow.
struct RegisteredApplication: Sendable {
    let clientID: String
    var name: String
    /// Each is accepted until it expires.
    var secrets: [ApplicationSecret]
    /// Makes all secrets count as expired (AADSTS7000222).
    var secretsExpired = false
    var redirectURIs: [String]
    var publisherVerified = true
    /// The scopes that `.default` stands for.
    var registeredScopes = ["User.Read", "Mail.Read", "Mail.ReadWrite", "Mail.Send"]

    /// Compares exactly, except that `http://localhost` matches any port.
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
