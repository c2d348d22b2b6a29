import Foundation

/// All accounts and organisations of the simulator.
struct Directory: Sendable {
    private(set) var organizations: [String: Organization] = [:]
    private(set) var accounts: [AccountID: Account] = [:]
    /// Accounts by sign-in name in lower case, in order of creation.
    private var byName: [String: [AccountID]] = [:]
    private var organizationByDomain: [String: String] = [:]

    // MARK: Organisations

    func organization(_ tenantID: String) -> Organization? {
        organizations[tenantID.lowercased()]
    }

    /// By tenant id or verified domain, in any letter case.
    func organization(named name: String) -> Organization? {
        let name = name.lowercased()
        return organizations[name] ?? organizationByDomain[name].flatMap { organizations[$0] }
    }

    mutating func add(_ organization: Organization) {
        organizations[organization.id] = organization
        for domain in organization.domains { organizationByDomain[domain] = organization.id }
    }

    mutating func update(_ organization: Organization) {
        add(organization)
    }

    // MARK: Accounts

    func account(_ id: AccountID) -> Account? {
        accounts[id]
    }

    /// The account that `address` signs in to under `tenant`. Members take precedence over guests.
    func account(signingInAs address: String, under tenant: TenantSegment) -> Account? {
        let found = (byName[address.lowercased()] ?? []).compactMap { accounts[$0] }
        let matching = found.filter { account in
            switch tenant {
            case .common: true
            case .organizations: account.kind == .work
            case .consumers: account.kind == .personal
            case .directory(let id): account.id.tenantID == id
            }
        }
        return matching.first { !$0.isGuest } ?? matching.first
    }

    /// The first account with this name, in any directory.
    func account(named address: String) -> Account? {
        account(signingInAs: address, under: .common)
    }

    /// Adds the account, or replaces the one with its id.
    mutating func add(_ account: Account) {
        accounts[account.id] = account
        let names = Set([account.address.lowercased(), account.userPrincipalName.lowercased()])
        for name in names where byName[name]?.contains(account.id) != true {
            byName[name, default: []].append(account.id)
        }
    }

    mutating func update(_ id: AccountID, _ change: (inout Account) -> Void) {
        guard var account = accounts[id] else { return }
        change(&account)
        accounts[id] = account
    }

    /// The account whose mailbox receives mail for `address`: by sign-in address, then proxy address, then `mail`.
    ///
    /// `mail` comes last because an administrator can set it to anything.
    func mailboxOwner(of address: String) -> Account? {
        let wanted = address.lowercased()
        if let account = account(named: wanted), account.hasMailbox, !account.isGuest { return account }
        let owners = accounts.values.filter { $0.hasMailbox && !$0.isGuest }
            .sorted { $0.id.objectID < $1.id.objectID }
        return owners.first { account in
            account.proxyAddresses.contains { $0.lowercased() == "smtp:\(wanted)" }
        } ?? owners.first { $0.mail?.lowercased() == wanted }
    }

    /// Accounts for the picker, the first `limit` by address.
    func signedInAccounts(limit: Int) -> [Account] {
        Array(accounts.values.filter(\.hasSignedIn).sorted { $0.address < $1.address }.prefix(limit))
    }
}

/// The first segment of every identity path, which decides who may sign in there.
enum TenantSegment: Hashable, Sendable {
    case common
    case organizations
    case consumers
    case directory(String)

    /// The `issuer` of this segment's metadata: templated unless it names one directory.
    var issuerTenant: String {
        switch self {
        case .common, .organizations: "{tenantid}"
        case .consumers: consumerTenantID
        case .directory(let id): id
        }
    }

    /// The segment as spelled in the endpoint URLs of Microsoft's metadata.
    var spelling: String {
        switch self {
        case .common: "common"
        case .organizations: "organizations"
        case .consumers: "consumers"
        case .directory(let id): id
        }
    }
}
