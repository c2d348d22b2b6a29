import Foundation

/// Creates organisations and accounts with Microsoft's defaults.
extension SimulatorState {
    /// The tenant that a path segment names; throws AADSTS90002 for an unknown one.
    func tenant(named segment: String) throws(IdentityFailure) -> TenantSegment {
        switch segment.lowercased() {
        case "common": return .common
        case "organizations": return .organizations
        case "consumers", consumerTenantID: return .consumers
        default:
            guard let organization = directory.organization(named: segment) else {
                throw IdentityFailure(90002, segment)
            }
            return .directory(organization.id)
        }
    }

    /// The account that signs in with `address`, created if the name is unknown: a personal one for Microsoft's consumer
    /// domains, otherwise a member of the organisation of its domain.
    mutating func accountSigningIn(as address: String, under tenant: TenantSegment) throws(IdentityFailure) -> Account {
        if let account = directory.account(signingInAs: address, under: tenant) { return account }
        if directory.account(named: address) == nil {
            guard let domain = Self.domain(of: address) else { throw IdentityFailure(50034, tenant.spelling) }
            let kind: AccountKind = FreeDomains.contains(domain) ? .personal : .work
            var options = AccountOptions(address: address)
            options.kind = kind
            _ = makeAccount(options)
            if let account = directory.account(signingInAs: address, under: tenant) { return account }
        }
        switch tenant {
        // A work account on a page for personal ones, and vice versa.
        case .consumers: throw IdentityFailure(500208)
        default: throw IdentityFailure(50020, address)
        }
    }

    /// Finds or creates the organisation of `domain`.
    mutating func organization(ofDomain domain: String) -> Organization {
        if let known = directory.organization(named: domain) { return known }
        let domain = domain.lowercased()
        // Derived from the domain alone, so that a directory keeps its id when the simulator restarts.
        var stable = SeededGenerator(seed: settings.seed ?? 0, name: "organization \(domain)")
        let label = domain.split(separator: ".").first.map { $0.filter(\.isLetter) } ?? ""
        let stem = label.isEmpty ? "tenant" : label
        let initialDomain =
            domain.hasSuffix(".onmicrosoft.com") ? domain : "\(stem)\(stable.hexadecimal(4)).onmicrosoft.com"
        let organization = Organization(
            id: stable.guid(),
            initialDomain: initialDomain,
            name: stem.capitalized,
            domains: Array(Set([domain, initialDomain])).sorted(),
            consentPolicy: settings.defaultConsentPolicy
        )
        directory.add(organization)
        return organization
    }

    mutating func makeOrganization(_ options: OrganizationOptions) -> Organization {
        var organization = organization(ofDomain: options.domain)
        if let name = options.name { organization.name = name }
        if let policy = options.consentPolicy { organization.consentPolicy = policy }
        if let workflow = options.adminConsentWorkflow { organization.adminConsentWorkflow = workflow }
        if let required = options.assignmentRequired { organization.assignmentRequired = required }
        directory.update(organization)
        return organization
    }

    /// Creates the account, or changes an existing one of the same directory.
    mutating func makeAccount(_ options: AccountOptions) -> Account {
        let domain = Self.domain(of: options.address) ?? "example.com"
        let kind = options.kind ?? (options.organization == nil && FreeDomains.contains(domain) ? .personal : .work)
        let tenantID: String
        switch kind {
        case .personal: tenantID = consumerTenantID
        case .work: tenantID = organization(ofDomain: options.organization ?? domain).id
        }
        let known = directory.account(
            signingInAs: options.address, under: kind == .personal ? .consumers : .directory(tenantID))
        let account = Account(
            id: known?.id ?? Self.accountID(options.address, tenantID: tenantID, seed: settings.seed ?? 0),
            kind: kind,
            address: options.address,
            userPrincipalName: options.userPrincipalName ?? principalName(options, tenantID: tenantID),
            displayName: options.displayName ?? Self.displayName(of: options.address),
            mail: mail(options, kind: kind),
            proxyAddresses: options.proxyAddresses ?? (kind == .work ? ["SMTP:\(options.address)"] : []),
            mailbox: options.guest ? .none : options.mailbox,
            identityProvider: options.guest ? identityProvider(of: options.address) : nil,
            isAssigned: options.assigned,
            language: options.language,
            hasSignedIn: known?.hasSignedIn ?? false
        )
        directory.add(account)
        if options.disabled {
            put(Condition(.disabled), on: .account(account.id))
        } else {
            conditions.remove(.disabled, from: .account(account.id))
        }
        return account
    }

    static func domain(of address: String) -> String? {
        let halves = address.split(separator: "@", omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty else { return nil }
        return halves[1].lowercased()
    }

    /// A personal object id carries the account's 16-digit number in its last two groups.
    ///
    /// The id is derived from the address, so that an account keeps it when the simulator restarts.
    private static func accountID(_ address: String, tenantID: String, seed: UInt64) -> AccountID {
        var stable = SeededGenerator(seed: seed, name: "account \(tenantID) \(address.lowercased())")
        guard tenantID == consumerTenantID else { return AccountID(tenantID: tenantID, objectID: stable.guid()) }
        let number = stable.hexadecimal(16)
        return AccountID(tenantID: tenantID, objectID: "00000000-0000-0000-\(number.prefix(4))-\(number.suffix(12))")
    }

    /// Guests get `name_domain#EXT#@initial domain`.
    private func principalName(_ options: AccountOptions, tenantID: String) -> String {
        guard options.guest, let organization = directory.organization(tenantID) else { return options.address }
        return options.address.replacingOccurrences(of: "@", with: "_") + "#EXT#@" + organization.initialDomain
    }

    private func mail(_ options: AccountOptions, kind: AccountKind) -> String? {
        if let stated = options.mail { return stated }
        switch kind {
        case .personal: return behaviours.personalMail ? options.address : nil
        case .work: return options.mailbox == .none ? nil : options.address
        }
    }

    private mutating func identityProvider(of address: String) -> String {
        let domain = Self.domain(of: address) ?? "example.com"
        if FreeDomains.contains(domain) { return "live.com" }
        return "https://sts.windows.net/\(organization(ofDomain: domain).id)/"
    }

    private static func displayName(of address: String) -> String {
        let local = address.split(separator: "@").first ?? "User"
        return local.split { ".-_+".contains($0) }.map(\.capitalized).joined(separator: " ")
    }
}
