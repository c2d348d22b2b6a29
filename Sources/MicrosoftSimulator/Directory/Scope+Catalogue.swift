extension Scope {
    /// A Graph permission.
    struct Description: Sendable {
        let name: String
        /// The text on the consent page.
        let words: String
        /// Microsoft's managed policy does not let users consent to it.
        let readsMail: Bool
        /// Shared mailboxes do not exist for personal accounts.
        let workOnly: Bool
    }

    /// Every delegated Graph permission that can be requested, by lower-case name.
    static let graphScopes: [String: Description] = Dictionary(
        uniqueKeysWithValues: [
            ("User.Read", "Sign you in and read your profile", false),
            ("User.ReadBasic.All", "Read the basic profiles of all users", false),
            ("Mail.Send", "Send mail as you", false),
            ("Mail.Send.Shared", "Send mail on behalf of others or yourself", false),
            ("Mail.ReadBasic", "Read basic information of your mail", true),
            ("Mail.ReadBasic.Shared", "Read basic information of mail that you can access", true),
            ("Mail.Read", "Read your mail", true),
            ("Mail.Read.Shared", "Read mail that you can access, including shared mail", true),
            ("Mail.ReadWrite", "Read and write access to your mail", true),
            ("Mail.ReadWrite.Shared", "Read and write mail that you can access, including shared mail", true),
            ("MailboxItem.Read", "Read your mailbox items", true),
            ("MailboxFolder.Read", "Read your mailbox folders", true),
            ("MailboxFolder.ReadWrite", "Read and write your mailbox folders", true),
            ("MailboxSettings.Read", "Read your mailbox settings", true),
            ("MailboxSettings.ReadWrite", "Read and write your mailbox settings", true),
            ("Calendars.Read", "Read your calendars", true),
            ("Calendars.ReadWrite", "Have full access to your calendars", true),
            ("Contacts.Read", "Read your contacts", false),
            ("Contacts.ReadWrite", "Have full access to your contacts", false),
            ("People.Read", "Read your relevant people list", false),
        ].map { name, words, readsMail in
            (
                name.lowercased(),
                Description(name: name, words: words, readsMail: readsMail, workOnly: name.hasSuffix(".Shared"))
            )
        }
    )

    /// The keys in a fixed order, so that a token can carry a set of them as one number.
    private static let order = graphScopes.keys.sorted()

    static func mask(of keys: Set<String>) -> UInt32 {
        order.enumerated().reduce(0) { keys.contains($1.element) ? $0 | 1 << UInt32($1.offset) : $0 }
    }

    static func keys(in mask: UInt32) -> Set<String> {
        Set(order.enumerated().filter { mask & 1 << UInt32($0.offset) != 0 }.map(\.element))
    }

    var description: Description? { Self.graphScopes[key] }

    /// The text on the consent page; nil if the page does not mention the scope.
    var words: String? {
        switch name {
        case "offline_access": "Maintain access to data you have given it access to"
        case "openid": "Sign you in"
        case "profile": "View your basic profile"
        case "email": "View your email address"
        default: description?.words ?? asked
        }
    }
}
