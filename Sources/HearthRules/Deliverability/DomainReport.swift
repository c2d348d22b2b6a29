/// What a domain publishes about its mail, as receivers judge it.
package struct DomainReport: Sendable, Equatable {
    package let spf: SPFReport
    package let dmarc: DMARCReport
    package let mx: ExchangerReport

    /// All that is wrong, SPF first.
    package var problems: [DomainProblem] { spf.problems + dmarc.problems + mx.problems }

    /// How many of the three are sound: valid, and without a problem that makes receivers refuse or distrust mail.
    package var soundRecords: Int {
        [(spf.verdict, spf.problems), (dmarc.verdict, dmarc.problems), (mx.verdict, mx.problems)].count {
            verdict, problems in
            verdict == .valid && !problems.contains { $0.severity == .error }
        }
    }

    /// Nil while something could not be looked up.
    package var grade: DomainGrade? {
        [spf.verdict, dmarc.verdict, mx.verdict].contains(.unknown) ? nil : DomainGrade(faults: 3 - soundRecords)
    }
}

extension DomainReport {
    /// How far a check has come.
    package enum Step: Sendable, Equatable {
        /// These are to be looked up, and the check made again with their answers. They may be asked at the same time.
        case ask(Set<DNSQuestion>)
        case done(DomainReport)
    }

    /// How many questions one check may ask. Ten lookups for SPF, ten hosts behind an MX, and what depends on a sender's
    /// address stay well below; a record that is made to cost us more ends as not checked.
    package static let questionLimit = 80

    /// Judges what is known so far. A question that failed, or that is one too many, is answered by `DNSAnswer.failed`.
    ///
    /// - Parameters:
    ///   - domain: in ASCII.
    ///   - organizationalDomain: one label below the public suffix (RFC 7489, section 3.2); nil when there is none.
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
