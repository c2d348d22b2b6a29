/// A receiver's SPF result (RFC 7208, section 2.6), without the errors.
enum SPFResult: Sendable, Equatable {
    case none, neutral, pass, fail, softfail
}

/// Why SPF yields no result.
enum SPFStop: Error, Sendable, Equatable {
    case dns(DNSAnswers.Stop)
    /// `permerror` of RFC 7208, section 2.6.7.
    case permanent(SPFFault)
}

/// The reason for a receiver's `permerror`, with the domain whose record is at fault.
enum SPFFault: Sendable, Equatable {
    case severalRecords(String)
    case syntax(String, SPFSyntaxProblem)
    case tooManyLookups
    case tooManyVoidLookups
    case tooManyExchangers(String)
    case loop(String)
    case includeWithoutRecord(String)
    case redirectWithoutRecord(String)
}

/// Evaluates SPF like a receiver: `check_host()` of RFC 7208, section 4.
struct SPFEvaluation {
    /// Section 4.6.4.
    static let lookupLimit = 10
    static let voidLookupLimit = 2
    static let exchangerLimit = 10

    /// The sending server's address as bytes. Nil stands for an unknown server that no address mechanism matches: everything
    /// that can be evaluated without an address is, and the result is the one that any server gets.
    private let sender: [UInt8]?
    private let origin: String
    private let answers: DNSAnswers

    /// The number of terms so far that cause DNS lookups.
    private(set) var lookups = 0
    private var voidLookups = 0
    /// Whether a `ptr` mechanism was evaluated.
    private(set) var usesPTR = false
    /// Whether a term was treated as not matching because only a message can decide it.
    private(set) var isIncomplete = false

    init(of domain: String, sender: [UInt8]?, answers: DNSAnswers) {
        origin = domain.lowercased()
        self.sender = sender
        self.answers = answers
    }

    mutating func run() throws(SPFStop) -> SPFResult {
        try checkHost(origin, within: [origin])
    }

    /// - Parameter path: the domains whose records led here, including this one.
    private mutating func checkHost(_ domain: String, within path: [String]) throws(SPFStop) -> SPFResult {
        let records = try texts(of: domain).filter(SPFRecord.isOne)
        guard let text = records.first else { return .none }
        if records.count > 1 { throw .permanent(.severalRecords(domain)) }
        let record: SPFRecord
        do {
            record = try SPFRecord(text)
        } catch {
            throw .permanent(.syntax(domain, error))
        }
        for directive in record.directives where try matches(directive.mechanism, in: domain, within: path) {
            return switch directive.qualifier {
            case .pass: .pass
            case .fail: .fail
            case .softfail: .softfail
            case .neutral: .neutral
            }
        }
        // Section 6.1. A record with "all" never gets here.
        guard let redirect = record.redirect else { return .neutral }
        try countLookup()
        guard let target = name(redirect, in: domain) else { return .neutral }
        if path.contains(target) { throw .permanent(.loop(target)) }
        let result = try checkHost(target, within: path + [target])
        if result == .none { throw .permanent(.redirectWithoutRecord(target)) }
        return result
    }

    /// Whether a mechanism matches (section 5).
    private mutating func matches(
        _ mechanism: SPFRecord.Mechanism, in domain: String, within path: [String]
    ) throws(SPFStop) -> Bool {
        switch mechanism {
        case .all: return true
        case .network(let network): return sender.map(network.contains) ?? false
        case .include(let spec):
            try countLookup()
            guard let target = name(spec, in: domain) else { return false }
            if path.contains(target) { throw .permanent(.loop(target)) }
            switch try checkHost(target, within: path + [target]) {
            case .pass: return true
            case .fail, .softfail, .neutral: return false
            case .none: throw .permanent(.includeWithoutRecord(target))
            }
        case .a(let spec, let prefixes):
            try countLookup()
            guard let target = spec == nil ? domain : name(spec, in: domain) else { return false }
            let found = try addresses(of: target)
            if found.isEmpty { try countVoidLookup() }
            return sender.map { sender in found.contains { prefixes.match(sender, $0) } } ?? false
        case .mx(let spec, let prefixes):
            try countLookup()
            guard let target = spec == nil ? domain : name(spec, in: domain) else { return false }
            return try matchesExchanger(of: target, prefixes)
        case .ptr:
            try countLookup()
            usesPTR = true
            // Reverse lookups of addresses are not made here.
            isIncomplete = true
            return false
        case .exists(let spec):
            try countLookup()
            guard let target = name(spec, in: domain) else { return false }
            // Section 5.7: an A record for both address families.
            let found = try addresses(of: target, .a)
            if found.isEmpty { try countVoidLookup() }
            return !found.isEmpty
        }
    }

    private mutating func matchesExchanger(of domain: String, _ prefixes: SPFPrefixes) throws(SPFStop) -> Bool {
        let hosts = try mapping { () throws(DNSAnswers.Stop) in try answers.hosts(of: domain) }
        if hosts.isEmpty { try countVoidLookup() }
        if hosts.count > Self.exchangerLimit { throw .permanent(.tooManyExchangers(domain)) }
        guard let sender else { return false }
        for host in hosts where !host.isEmpty {
            if try addresses(of: host).contains(where: { prefixes.match(sender, $0) }) { return true }
        }
        return false
    }

    /// Expands a domain. Returns nil if it depends on a message; the term then does not match, and `isIncomplete` is set.
    private mutating func name(_ spec: SPFDomain?, in domain: String) -> String? {
        let name = spec?.name(in: domain, origin: origin, address: sender)
        if name == nil { isIncomplete = true }
        return name
    }

    private mutating func countLookup() throws(SPFStop) {
        lookups += 1
        if lookups > Self.lookupLimit { throw .permanent(.tooManyLookups) }
    }

    private mutating func countVoidLookup() throws(SPFStop) {
        voidLookups += 1
        if voidLookups > Self.voidLookupLimit { throw .permanent(.tooManyVoidLookups) }
    }

    private func texts(of domain: String) throws(SPFStop) -> [String] {
        try mapping { () throws(DNSAnswers.Stop) in try answers.texts(of: domain) }
    }

    /// Returns the addresses of the sender's family, or IPv4 addresses if the sender is unknown.
    private func addresses(of name: String, _ kind: DNSQuestion.Kind? = nil) throws(SPFStop) -> [[UInt8]] {
        let kind = kind ?? (sender?.count == 16 ? .aaaa : .a)
        return try mapping { () throws(DNSAnswers.Stop) in try answers.addresses(of: name, kind) }
    }

    private func mapping<Value>(_ read: () throws(DNSAnswers.Stop) -> Value) throws(SPFStop) -> Value {
        do {
            return try read()
        } catch {
            throw .dns(error)
        }
    }
}
