import Foundation

/// The evaluation of a domain's MX records (RFC 5321, section 5.1, and RFC 7505).
package struct ExchangerReport: Sendable, Equatable {
    package let verdict: RecordVerdict
    /// Most preferred first.
    package let hosts: [String]
    package let problems: [DomainProblem]

    /// - Throws: `DNSAnswers.Stop.needs` if an answer is not known yet.
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

    /// Host names of Exchange Online and Outlook.com (Microsoft Learn, "External Domain Name System records for Microsoft
    /// 365" and "How SMTP DANE works").
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
            "There is no MX record, so replies may not arrive, and receivers distrust such senders. Publish the one that the Microsoft 365 admin centre shows for \(shown(domain))."
        )
    }

    fileprivate static let mxNull = DomainProblem(
        .mxNull,
        "The domain has a null MX record, which says that it accepts no mail, so replies do not arrive. Publish a real MX record."
    )

    fileprivate static let mxNullWithOthers = DomainProblem(
        .mxNullWithOthers,
        "Beside other MX records the domain has a null MX, which says that it accepts no mail. Remove the null MX.")

    fileprivate static func mxAddress(_ host: String) -> DomainProblem {
        DomainProblem(
            .mxAddress,
            "The MX record names the address \(shown(host)); it must name a host. Many servers reject it.")
    }

    fileprivate static func mxNotMicrosoft(_ host: String) -> DomainProblem {
        DomainProblem(
            .mxNotMicrosoft, .warning,
            "Mail to this domain goes to \(shown(host)) first, not to Microsoft 365. That is correct if a gateway forwards it; otherwise replies do not reach the mailbox."
        )
    }

    fileprivate static func mxUnchecked(_ domain: String) -> DomainProblem {
        DomainProblem(
            .mxUnchecked, .warning,
            "MX could not be checked: the DNS did not answer for \(shown(domain)). Try again in a few minutes.")
    }
}
