/// How much of a mailbox its owner is asked for. Each level asks for the least that it needs.
package enum PermissionLevel: String, Sendable, CaseIterable {
    case send
    case readOnly = "read_only"
    case readSend = "read_send"
    case warmup

    /// The Graph permissions that the level cannot do without, as Microsoft spells them.
    package var mailScopes: [String] {
        switch self {
        case .send: ["Mail.Send"]
        case .readOnly: ["Mail.Read"]
        case .readSend: ["Mail.Read", "Mail.Send"]
        case .warmup: ["Mail.ReadWrite", "Mail.Send"]
        }
    }

    /// What reaches in the same measure the mailboxes that organisations share with their people. Such scopes open
    /// nothing that Exchange does not: they do not exist for personal accounts.
    package var sharedScopes: [String] { mailScopes.map { $0 + ".Shared" } }

    /// The whole `scope` of the authorize URL.
    package func requestedScopes(withShared: Bool) -> [String] {
        ["openid", "profile", "email", "offline_access", "User.Read"] + mailScopes + (withShared ? sharedScopes : [])
    }

    /// Whether the inbox may be read, which proves that there is one.
    package var mayRead: Bool { self != .send }

    /// Whether everything that `other` needs is part of this level.
    package func covers(_ other: PermissionLevel) -> Bool {
        other.missing(from: GrantedScopes(names: mailScopes)).isEmpty
    }

    /// The least level that covers both.
    package func joined(with other: PermissionLevel?) -> PermissionLevel {
        guard let other else { return self }
        // In their order each level covers as much as those before it or more.
        return Self.allCases.first { $0.covers(self) && $0.covers(other) } ?? .warmup
    }

    /// The needed permissions that `granted` lacks. What implies another counts for it: ReadWrite includes Read.
    package func missing(from granted: GrantedScopes, withShared: Bool = false) -> [String] {
        (mailScopes + (withShared ? sharedScopes : [])).filter { !granted.allows($0) }
    }
}

/// The Graph permissions that Microsoft says it granted, in one spelling.
///
/// Microsoft answers in long or short form, in any case, and never echoes `offline_access`.
package struct GrantedScopes: Sendable, Equatable {
    /// Lower-case short names, sorted.
    package let names: [String]

    private static let resource = "https://graph.microsoft.com/"
    private static let identity: Set<String> = ["openid", "profile", "email", "offline_access"]

    /// Reads the `scope` member of a token answer.
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

    /// Whether mailboxes that others share with the owner may be read.
    package var mayReadShared: Bool { allows("Mail.Read.Shared") }

    /// Whether mailboxes that others share with the owner were granted too.
    package var includeShared: Bool { names.contains { $0.hasSuffix(".shared") } }

    func allows(_ scope: String) -> Bool {
        let scope = scope.lowercased()
        return names.contains(scope) || names.contains(scope.replacing("mail.read", with: "mail.readwrite"))
    }
}
