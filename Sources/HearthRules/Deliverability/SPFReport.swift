/// The evaluation of a domain's SPF record, and whether mail that it sends through Microsoft 365 passes.
package struct SPFReport: Sendable, Equatable {
    package let verdict: RecordVerdict
    package let record: String?
    /// The number of terms that cause DNS lookups for a sender that no term matches; ten are allowed. Nil if unknown.
    package let lookups: Int?
    /// Whether mail from Microsoft 365's servers passes. Nil if unknown.
    package let passesMicrosoft: Bool?
    package let problems: [DomainProblem]

    /// The record that lists the servers of Microsoft 365 (Microsoft Learn, "Set up SPF to identify valid email sources
    /// for your Microsoft 365 domain").
    package static let microsoft = "spf.protection.outlook.com"

    /// - Throws: `DNSAnswers.Stop.needs` if an answer is not known yet.
    init(of domain: String, answers: DNSAnswers) throws(DNSAnswers.Stop) {
        let texts: [String]
        do {
            texts = try answers.texts(of: domain)
        } catch .failed {
            self.init(.unknown, nil, problems: [.spfUnchecked(domain)])
            return
        }
        let records = texts.filter(SPFRecord.isOne)
        guard let record = records.first else {
            let similar = texts.first { $0.lowercased().contains("spf1") || $0.lowercased().hasPrefix("v=spf") }
            self.init(.missing, nil, problems: [similar.map(DomainProblem.spfUnrecognized) ?? .spfMissing(domain)])
            return
        }
        var evaluation = SPFEvaluation(of: domain, sender: nil, answers: answers)
        var verdict = RecordVerdict.valid
        var problems: [DomainProblem] = []
        do {
            switch try evaluation.run() {
            case .pass: problems.append(.spfPassesAll)
            case .neutral, .none: problems.append(.spfNeutral)
            case .fail, .softfail: break
            }
        } catch {
            switch error {
            case .permanent(let fault):
                verdict = .invalid
                problems.append(DomainProblem(fault))
            case .dns(.failed(let question)):
                verdict = .unknown
                problems.append(.spfUnchecked(question.name))
            case .dns(let stop): throw stop
            }
        }
        if evaluation.usesPTR { problems.append(.spfPTR) }
        if let ignored = (try? SPFRecord(record))?.ignoredTerms { problems.append(.spfIgnoredTerms(ignored)) }
        let authorization =
            records.count == 1
            ? try MicrosoftAuthorization(of: domain, answers: answers) : MicrosoftAuthorization.unknown
        switch authorization {
        case .none: problems.append(.spfMicrosoftNotAuthorized)
        case .partial: problems.append(.spfMicrosoftPartlyAuthorized)
        case .full, .unknown: break
        }
        self.init(
            verdict, record, lookups: verdict == .valid ? evaluation.lookups : nil,
            passesMicrosoft: authorization == .unknown ? nil : authorization == .full, problems: problems)
    }

    private init(
        _ verdict: RecordVerdict, _ record: String?, lookups: Int? = nil, passesMicrosoft: Bool? = nil,
        problems: [DomainProblem]
    ) {
        self.verdict = verdict
        self.record = record
        self.lookups = lookups
        self.passesMicrosoft = passesMicrosoft
        self.problems = problems
    }
}

extension SPFRecord {
    /// The terms that receivers never evaluate: those after "all", and a redirect in a record with "all" (RFC 7208, sections
    /// 5.1 and 6.1).
    fileprivate var ignoredTerms: String? {
        guard let all = directives.firstIndex(where: \.mechanism.isAll) else { return nil }
        if redirect != nil { return "redirect" }
        return all < directives.count - 1 ? "the terms after \"all\"" : nil
    }
}

/// Whether Microsoft's servers may send for a domain. Each network in Microsoft's own record is evaluated by its first
/// address.
private enum MicrosoftAuthorization {
    case full, partial, none, unknown

    init(of domain: String, answers: DNSAnswers) throws(DNSAnswers.Stop) {
        let texts: [String]
        do {
            texts = try answers.texts(of: SPFReport.microsoft)
        } catch .failed {
            self = .unknown
            return
        }
        guard let text = texts.first(where: SPFRecord.isOne), let record = try? SPFRecord(text) else {
            self = .unknown
            return
        }
        var passed = 0
        var asked = 0
        for case .network(let network) in record.directives.map(\.mechanism).prefix(Self.limit) {
            asked += 1
            var evaluation = SPFEvaluation(of: domain, sender: network.bytes, answers: answers)
            do {
                if try evaluation.run() == .pass {
                    passed += 1
                } else if evaluation.isIncomplete {
                    self = .unknown
                    return
                }
            } catch {
                switch error {
                // Does not pass either; the fault is reported by `SPFReport`.
                case .permanent: continue
                case .dns(.failed):
                    self = .unknown
                    return
                case .dns(let stop): throw stop
                }
            }
        }
        self = asked == 0 ? .unknown : passed == asked ? .full : passed == 0 ? .none : .partial
    }

    /// The maximum number of networks evaluated. Microsoft lists about fifteen.
    private static let limit = 40
}
