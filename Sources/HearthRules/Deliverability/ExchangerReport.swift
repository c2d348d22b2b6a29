import Foundation

/// Where mail to a domain goes (RFC 5321, section 5.1, and RFC 7505).
package struct ExchangerReport: Sendable, Equatable {
    package let verdict: RecordVerdict
    /// The preferred first.
    package let hosts: [String]
    package let problems: [DomainProblem]

    /// - Throws: `DNSAnswers.Stop.needs`, for an answer that is not known yet.
    init(of domain: String, answers: DNSAnswers) throws(DNSAnswers.Stop) {
        do {
            let hosts = try answers.hosts(of: domain)
            let problem = Self.problem(of: hosts, domain)
            let verdict: RecordVerdict =
                hosts.isEmpty ? .missing : problem == nil || problem?.severity == .warning ? .valid : .invalid
            self.init(verdict, hosts, [problem].compactMap(\.self))
        } catch .failed {
            self.init(.unknown, [], [.mxUnchecked(domain)])
        }
    }

    private init(_ verdict: RecordVerdict, _ hosts: [String], _ problems: [DomainProblem]) {
        self.verdict = verdict
        self.hosts = hosts
        self.problems = problems
    }

    private static func problem(of hosts: [String], _ domain: String) -> DomainProblem? {
        guard let first = hosts.first else { return .mxMissing(domain) }
        if hosts.contains("") { return hosts.count == 1 ? .mxNull : .mxNullWithOthers }
        if let address = hosts.first(where: isAddress) { return .mxAddress(address) }
        return hosts.contains(where: isMicrosoft) ? nil : .mxNotMicrosoft(first)
    }

    /// Names of Exchange Online and Outlook.com (Microsoft Learn, "External Domain Name System records for Microsoft 365"
    /// and "How SMTP DANE works").
    private static func isMicrosoft(_ host: String) -> Bool {
        [".mail.protection.outlook.com", ".olc.protection.outlook.com", ".mx.microsoft"]
            .contains { host.lowercased().hasSuffix($0) }
    }

    private static func isAddress(_ host: String) -> Bool {
        var bytes = in6_addr()
        return inet_pton(AF_INET, host, &bytes) == 1 || inet_pton(AF_INET6, host, &bytes) == 1
    }
}

extension DomainProblem {
    fileprivate static func mxMissing(_ domain: String) -> DomainProblem {
        DomainProblem(
            .mxMissing,
            "There is no MX record, so answers may not arrive, and receivers distrust such senders. Publish the one that the Microsoft 365 admin centre shows for \(shown(domain))."
        )
    }

    fileprivate static let mxNull = DomainProblem(
        .mxNull,
        "The domain says by a null MX record that it takes no mail, so answers do not arrive. Publish a real MX record."
    )

    fileprivate static let mxNullWithOthers = DomainProblem(
        .mxNullWithOthers,
        "The domain has a null MX record, which says that it takes no mail, beside others. Remove it.")

    fileprivate static func mxAddress(_ host: String) -> DomainProblem {
        DomainProblem(
            .mxAddress,
            "The MX record names the address \(shown(host)); it must name a host. Many servers refuse to use it.")
    }

    fileprivate static func mxNotMicrosoft(_ host: String) -> DomainProblem {
        DomainProblem(
            .mxNotMicrosoft, .warning,
            "Mail to this domain goes to \(shown(host)) first, not to Microsoft 365. That is right where a gateway passes it on; otherwise answers do not reach the mailbox."
        )
    }

    fileprivate static func mxUnchecked(_ domain: String) -> DomainProblem {
        DomainProblem(
            .mxUnchecked, .warning,
            "MX could not be checked: the DNS did not answer for \(shown(domain)). Try again in some minutes.")
    }
}
