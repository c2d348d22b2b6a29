@testable import HearthRules

/// DNS records of some domains, for rules that query the DNS.
struct MailZone {
    enum Record {
        case txt(String)
        case mx(String)
        case a(UInt8, UInt8, UInt8, UInt8)
        case aaaa([UInt8])
    }

    var records: [String: [Record]]
    /// Names for which the DNS gives no answer.
    var silent: Set<String> = []

    init(_ records: [String: [Record]], silent: Set<String> = []) {
        self.records = records
        self.silent = silent
    }

    func answer(to question: DNSQuestion) -> DNSAnswer {
        if silent.contains(question.name) { return .failed }
        let found = records[question.name] ?? []
        return switch question.kind {
        case .txt: .texts(found.compactMap { if case .txt(let text) = $0 { text } else { nil } })
        case .mx: .hosts(found.compactMap { if case .mx(let host) = $0 { host } else { nil } })
        case .a:
            .addresses(found.compactMap { if case .a(let a, let b, let c, let d) = $0 { [a, b, c, d] } else { nil } })
        case .aaaa: .addresses(found.compactMap { if case .aaaa(let bytes) = $0 { bytes } else { nil } })
        }
    }

    /// The report on a domain, and the number of queries it took.
    func report(on domain: String, organizationalDomain: String? = nil) -> (report: DomainReport, questions: Int) {
        var answers = DNSAnswers()
        while true {
            switch DomainReport.step(
                for: domain, organizationalDomain: organizationalDomain ?? domain, answers: answers)
            {
            case .done(let report): return (report, answers.count)
            case .ask(let questions):
                let mayAsk = answers.count + questions.count <= DomainReport.questionLimit
                for question in questions { answers[question] = mayAsk ? answer(to: question) : .failed }
            }
        }
    }

    /// The SPF result for a sender.
    func spf(_ domain: String, sender: [UInt8]?) -> Result<SPFResult, SPFStop> {
        var answers = DNSAnswers()
        while true {
            var evaluation = SPFEvaluation(of: domain, sender: sender, answers: answers)
            do {
                return .success(try evaluation.run())
            } catch {
                guard case .dns(.needs(let question)) = error else { return .failure(error) }
                answers[question] = answer(to: question)
            }
        }
    }
}
