import Foundation

package enum AccountKind: String, Sendable, CaseIterable {
    case personal
    case work
}

/// Where the account's mail is.
package enum MailboxPlace: String, Sendable, CaseIterable {
    /// At Microsoft, within reach of Graph.
    case cloud
    /// On an Exchange server of the organisation's own: an address, and nothing for Graph to read.
    case onPremises
    /// Nowhere: no licence, or a guest.
    case none
}

/// The identity that tokens carry: the directory and the object in it. The same person in two directories is two of these.
package struct AccountID: Hashable, Sendable {
    package let tenantID: String
    package let objectID: String
}

/// Somebody who can sign in.
struct Account: Sendable {
    let id: AccountID
    let kind: AccountKind
    /// What the person types to sign in; also the mailbox's address unless `mail` says otherwise.
    let address: String
    var userPrincipalName: String
    var displayName: String
    /// `/me`'s `mail`; null for personal accounts and for users without a mailbox.
    var mail: String?
    /// As Graph lists them: `SMTP:` before the primary address, `smtp:` before the others.
    var proxyAddresses: [String]
    var mailbox: MailboxPlace
    /// The directory that vouches for a guest, as in the `idp` claim; nil for members.
    var identityProvider: String?
    /// Whether an organisation with required assignment lets the account in.
    var isAssigned: Bool
    var language: String?
    /// A mailbox that nobody signs in to, used by others through their own accounts.
    var isShared = false
    /// Whether somebody has signed in with it: such accounts are offered by the account picker.
    var hasSignedIn = false

    /// Whether there is a mailbox that Graph reaches; conditions aside.
    var hasMailbox: Bool { mailbox == .cloud }

    var isGuest: Bool { identityProvider != nil }

    /// `/me`'s `id`: the object id, but for a personal account the bare 16 digits of it.
    var graphID: String {
        switch kind {
        case .work: id.objectID
        case .personal: String(id.objectID.filter { $0 != "-" }.suffix(16))
        }
    }

    /// The address that mail from this account carries.
    var primaryAddress: String { mail ?? address }
}

/// What a control request says about an account. Everything left out gets what Microsoft would give.
package struct AccountOptions: Sendable {
    package var address: String
    package var kind: AccountKind?
    /// A domain or id of the organisation; by default the one of the address's domain.
    package var organization: String?
    package var displayName: String?
    /// nil: the default of the kind; `.some(nil)`: none.
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

/// What making an account gives back.
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
