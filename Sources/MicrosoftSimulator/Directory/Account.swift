import Foundation

package enum AccountKind: String, Sendable, CaseIterable {
    case personal
    case work
}

/// Where the account's mailbox is hosted.
package enum MailboxPlace: String, Sendable, CaseIterable {
    /// At Microsoft, reachable through Graph.
    case cloud
    /// On the organisation's own Exchange server: there is an address, but Graph has no mailbox.
    case onPremises
    /// No mailbox: no licence, or a guest.
    case none
}

/// The identity that tokens carry: the directory and the object in it. A person in two directories has two of them.
package struct AccountID: Hashable, Sendable {
    package let tenantID: String
    package let objectID: String
}

/// An account that can sign in.
struct Account: Sendable {
    let id: AccountID
    let kind: AccountKind
    /// The address typed to sign in; also the mailbox's address unless `mail` differs.
    let address: String
    var userPrincipalName: String
    var displayName: String
    /// `/me`'s `mail`; null for personal accounts and for users without a mailbox.
    var mail: String?
    /// As Graph lists them: `SMTP:` before the primary address, `smtp:` before the others.
    var proxyAddresses: [String]
    var mailbox: MailboxPlace
    /// A guest's home directory, as in the `idp` claim; nil for members.
    var identityProvider: String?
    /// Whether the account may sign in if the organisation requires assignment.
    var isAssigned: Bool
    var language: String?
    /// A mailbox without a sign-in, which others use through their own accounts.
    var isShared = false
    /// Whether the account has signed in before; the account picker offers those.
    var hasSignedIn = false

    /// Whether Graph can reach a mailbox, apart from conditions.
    var hasMailbox: Bool { mailbox == .cloud }

    var isGuest: Bool { identityProvider != nil }

    /// `/me`'s `id`: the object id; for a personal account its last 16 digits.
    var graphID: String {
        switch kind {
        case .work: id.objectID
        case .personal: String(id.objectID.filter { $0 != "-" }.suffix(16))
        }
    }

    /// The sender address of mail from this account.
    var primaryAddress: String { mail ?? address }
}

/// An account as a control request describes it. What is omitted gets Microsoft's default.
package struct AccountOptions: Sendable {
    package var address: String
    package var kind: AccountKind?
    /// A domain or the id of the organisation; by default that of the address's domain.
    package var organization: String?
    package var displayName: String?
    /// `nil` for the default of the kind, `.some(nil)` for none.
    package var mail: String??
    package var userPrincipalName: String?
    package var proxyAddresses: [String]?
    package var mailbox = MailboxPlace.cloud
    package var guest = false
    package var disabled = false
    package var assigned = false
    package var language: String?

    package init(address: String) {
        self.address = address
    }
}

/// An account as returned by the controls.
package struct AccountDescription: Sendable {
    package let id: AccountID
    package let kind: AccountKind
    package let address: String
    package let userPrincipalName: String
    package let mail: String?
    /// `/me`'s id.
    package let graphID: String

    init(_ account: Account) {
        id = account.id
        kind = account.kind
        address = account.address
        userPrincipalName = account.userPrincipalName
        mail = account.mail
        graphID = account.graphID
    }
}
