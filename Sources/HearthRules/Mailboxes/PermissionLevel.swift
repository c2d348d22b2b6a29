/// The access to a mailbox that its owner is asked for. Each level asks for the minimum that it needs.
package enum PermissionLevel: String, Sendable, CaseIterable {
    case send
    case readOnly = "read_only"
    case readSend = "read_send"
    case warmup

    /// The Graph permissions that the level requires, in Microsoft's spelling.
    package var mailScopes: [String] {
        switch self {
        case .send: ["Mail.Send"]
        case .readOnly: ["Mail.Read"]
        case .readSend: ["Mail.Read", "Mail.Send"]
        case .warmup: ["Mail.ReadWrite", "Mail.Send"]
        }
    }

    /// The permissions that give the same access to mailboxes shared with the owner. Such scopes allow nothing that Exchange
    /// does not, and do not exist for personal accounts.
    package var sharedScopes: [String] { mailScopes.map { $0 + ".Shared" } }

    /// The complete `scope` of the authorize URL.
    package func requestedScopes(withShared: Bool) -> [String] {
        ["openid", "profile", "email", "offline_access", "User.Read"] + mailScopes + (withShared ? sharedScopes : [])
    }

    /// Whether the inbox may be read, which proves that the mailbox exists.
    package var mayRead: Bool { self != .send }

    package var maySend: Bool { self != .readOnly }

    /// Whether messages in the mailbox may be created and changed.
    package var mayWrite: Bool { self == .warmup }

    /// Whether this level includes all permissions that `other` needs.
    package func covers(_ other: PermissionLevel) -> Bool {
        other.missing(from: GrantedScopes(names: mailScopes)).isEmpty
    }

    /// Returns the lowest level that covers both.
    package func joined(with other: PermissionLevel?) -> PermissionLevel {
        guard let other else { return self }
        // In their order each level covers at least as much as those before it.
        return Self.allCases.first { $0.covers(self) && $0.covers(other) } ?? .warmup
    }

    /// Returns the needed permissions that `granted` lacks. A permission that implies another counts for it: ReadWrite
    /// includes Read.
    package func missing(from granted: GrantedScopes, withShared: Bool = false) -> [String] {
        (mailScopes + (withShared ? sharedScopes : [])).filter { !granted.allows($0) }
    }
}

/// The Graph permissions that Microsoft granted, normalised.
///
/// Microsoft returns them in long or short form and in any case, and never includes `offline_access`.
package struct GrantedScopes: Sendable, Equatable {
    /// Lower-case short names, sorted.
    package let names: [String]

    private static let resource = "https://graph.microsoft.com/"
    private static let identity: Set<String> = ["openid", "profile", "email", "offline_access"]

    /// Parses the `scope` member of a token response.
    package init(tokenAnswer: String) {
        self.init(names: tokenAnswer.split(separator: " ").map(String.init))
    }

    package init(names: [String]) {
        let short = names.map { name in
            let name = name.lowercased()
            return name.hasPrefix(Self.resource) ? String(name.dropFirst(Self.resource.count)) : name
        }
        self.names = Set(short).subtracting(Self.identity).sorted()
    }

    /// Whether mailboxes shared with the owner may be read.
    package var mayReadShared: Bool { allows("Mail.Read.Shared") }

    /// Whether access to mailboxes shared with the owner was granted.
    package var includeShared: Bool { names.contains { $0.hasSuffix(".shared") } }

    func allows(_ scope: String) -> Bool {
        let scope = scope.lowercased()
        return names.contains(scope) || names.contains(scope.replacing("mail.read", with: "mail.readwrite"))
    }
}
