/// The evaluation of a domain's mail records, as receivers see them.
package struct DomainReport: Sendable, Equatable {
    package let spf: SPFReport
    package let dmarc: DMARCReport
    package let mx: ExchangerReport

    /// All problems, SPF first.
    package var problems: [DomainProblem] { spf.problems + dmarc.problems + mx.problems }

    /// The number of sound records: valid, and without a problem that makes receivers reject or distrust mail.
    package var soundRecords: Int {
        [(spf.verdict, spf.problems), (dmarc.verdict, dmarc.problems), (mx.verdict, mx.problems)].count {
            verdict, problems in
            verdict == .valid && !problems.contains { $0.severity == .error }
        }
    }

    /// Nil if a record could not be looked up.
    package var grade: DomainGrade? {
        [spf.verdict, dmarc.verdict, mx.verdict].contains(.unknown) ? nil : DomainGrade(faults: 3 - soundRecords)
    }
}

extension DomainReport {
    /// The progress of a check.
    package enum Step: Sendable, Equatable {
        /// These questions must be answered, concurrently if desired, and the check run again.
        case ask(Set<DNSQuestion>)
        case done(DomainReport)
    }

    /// The maximum number of questions in one check. Ten lookups for SPF, ten hosts of an MX, and lookups that depend on a
    /// sender's address stay well below it; the check of a record built to exceed it ends as unknown.
    package static let questionLimit = 80

    /// Evaluates the domain with the answers known so far. A question that failed or exceeds the limit must be answered with
    /// `DNSAnswer.failed`.
    ///
    /// - Parameters:
    ///   - domain: in ASCII.
    ///   - organizationalDomain: the domain one label below the public suffix (RFC 7489, section 3.2); nil if there is none.
    package static func step(for domain: String, organizationalDomain: String?, answers: DNSAnswers) -> Step {
        var questions: Set<DNSQuestion> = []
        func part<Part>(_ make: () throws(DNSAnswers.Stop) -> Part) -> Part? {
            do {
                return try make()
            } catch {
                switch error {
                case .needs(let question), .failed(let question): questions.insert(question)
                }
                return nil
            }
        }
        let domain = domain.lowercased()
        let spf = part { () throws(DNSAnswers.Stop) in try SPFReport(of: domain, answers: answers) }
        let dmarc = part { () throws(DNSAnswers.Stop) in
            try DMARCReport(of: domain, organizationalDomain: organizationalDomain?.lowercased(), answers: answers)
        }
        let mx = part { () throws(DNSAnswers.Stop) in try ExchangerReport(of: domain, answers: answers) }
        guard let spf, let dmarc, let mx else { return .ask(questions) }
        return .done(DomainReport(spf: spf, dmarc: dmarc, mx: mx))
    }
}
