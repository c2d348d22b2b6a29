/// The evaluation of a domain's DMARC record (RFC 7489).
package struct DMARCReport: Sendable, Equatable {
    package enum Policy: String, Sendable, Equatable {
        case none, quarantine, reject
    }

    package let verdict: RecordVerdict
    package let record: String?
    /// What receivers do with mail of this domain that fails DMARC.
    package let policy: Policy?
    package let problems: [DomainProblem]

    /// Uses the record of the domain itself, else that of its organisational domain (section 6.6.3).
    ///
    /// - Parameter organizationalDomain: the domain one label below the public suffix; nil if there is none.
    /// - Throws: `DNSAnswers.Stop.needs` if an answer is not known yet.
    init(of domain: String, organizationalDomain: String?, answers: DNSAnswers) throws(DNSAnswers.Stop) {
        var similar: String?
        let places = [domain] + (organizationalDomain == domain ? [] : organizationalDomain.map { [$0] } ?? [])
        for place in places {
            let name = "_dmarc." + place
            let texts: [String]
            do {
                texts = try answers.texts(of: name)
            } catch .failed {
                self.init(.unknown, nil, problems: [.dmarcUnchecked(name)])
                return
            }
            let records = texts.filter(DMARCRecord.isOne)
            similar = similar ?? texts.first { $0.lowercased().contains("dmarc1") }
            guard let record = records.first else { continue }
            if records.count > 1 {
                self.init(.invalid, record, problems: [.dmarcSeveralRecords(name)])
            } else {
                self.init(DMARCRecord(record), isOfDomain: place == domain)
            }
            return
        }
        self.init(.missing, nil, problems: [similar.map(DomainProblem.dmarcUnrecognized) ?? .dmarcMissing(domain)])
    }

    /// A record without a valid policy, or with an invalid one for subdomains, counts as `p=none` if it asks for reports and
    /// is ignored otherwise (section 6.6.3, step 6).
    private init(_ record: DMARCRecord, isOfDomain: Bool) {
        let policy = record.policy("p")
        let forSubdomains = record.policy("sp")
        let ignored = record.invalidTags.map(DomainProblem.dmarcTagInvalid)
        if let policy, forSubdomains != nil || record.tags["sp"] == nil {
            self.init(.valid, record.text, isOfDomain ? policy : forSubdomains ?? policy, problems: ignored)
            return
        }
        let isUsed = record.asksForReports
        let problem: DomainProblem =
            record.tags["p"] == nil ? .dmarcPolicyMissing(isUsed: isUsed) : .dmarcPolicyInvalid(isUsed: isUsed)
        self.init(
            isUsed ? .valid : .invalid, record.text, isUsed ? Policy.none : nil, problems: [problem] + ignored)
    }

    private init(
        _ verdict: RecordVerdict, _ record: String?, _ policy: Policy? = nil, problems: [DomainProblem]
    ) {
        self.verdict = verdict
        self.record = record
        self.policy = policy
        self.problems = problems
    }
}

/// A parsed DMARC record (RFC 7489, sections 6.3 and 6.4).
struct DMARCRecord: Sendable, Equatable {
    let text: String
    /// The tags by lower-case name; the first of repeated tags counts.
    let tags: [String: String]

    init(_ text: String) {
        self.text = text
        tags = Dictionary(Self.tags(of: text).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// Returns the policy in a tag; nil if it is absent or invalid.
    func policy(_ tag: String) -> DMARCReport.Policy? {
        tags[tag].flatMap { DMARCReport.Policy(rawValue: $0.lowercased()) }
    }

    /// Whether a text is a DMARC record: its first tag is the version, spelled exactly.
    static func isOne(_ text: String) -> Bool {
        tags(of: text).first.map { $0.name == "v" && $0.value == "DMARC1" } ?? false
    }

    /// Whether at least one address for aggregate reports is valid.
    var asksForReports: Bool {
        tags["rua"].map { !$0.isEmpty && $0.split(separator: ",").contains(where: Self.isURI) } ?? false
    }

    /// The tags whose values receivers ignore, because they are invalid or unknown to the standard.
    var invalidTags: [String] {
        let checks: [(String, (String) -> Bool)] = [
            ("adkim", Self.isAlignment), ("aspf", Self.isAlignment),
            (
                "fo",
                {
                    $0.split(separator: ":", omittingEmptySubsequences: false).allSatisfy {
                        ["0", "1", "d", "s"].contains($0)
                    }
                }
            ),
            ("np", { DMARCReport.Policy(rawValue: $0) != nil }),
            ("pct", { value in Int(value).map { (0...100).contains($0) && value.allSatisfy(\.isNumber) } ?? false }),
            ("rf", { $0 == "afrf" }), ("ri", { UInt32($0) != nil }),
            ("rua", Self.areURIs), ("ruf", Self.areURIs),
        ]
        return checks.compactMap { name, isValid in
            tags[name].flatMap { isValid($0.lowercased()) ? nil : name }
        }
    }

    private static func isAlignment(_ value: String) -> Bool { value == "r" || value == "s" }

    private static func areURIs(_ value: String) -> Bool {
        value.split(separator: ",", omittingEmptySubsequences: false).allSatisfy(isURI)
    }

    /// Whether a text is a URI, optionally followed by "!" and a maximum report size (section 6.2). Only `mailto` is in use.
    private static func isURI(_ text: Substring) -> Bool {
        let text = text.trimmingWhitespace()
        let uri = text.prefix { $0 != "!" }
        let size = text.dropFirst(uri.count).dropFirst()
        let digits = size.prefix { $0.isASCII && $0.isNumber }
        guard text.allSatisfy({ $0.isASCII && !$0.isWhitespace }), !text.contains("!") || !digits.isEmpty,
            ["", "k", "m", "g", "t"].contains(size.dropFirst(digits.count).lowercased())
        else { return false }
        guard let colon = uri.firstIndex(of: ":"), uri.first?.isLetter == true,
            uri[..<colon].allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) })
        else { return false }
        let rest = uri[uri.index(after: colon)...]
        return uri[..<colon].lowercased() == "mailto"
            ? rest.contains("@") && rest.first != "@" && rest.last != "@" : !rest.isEmpty
    }

    /// Splits a record into its tags; parts without "=" are skipped.
    private static func tags(of text: String) -> [(name: String, value: String)] {
        text.split(separator: ";").compactMap { part in
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.trimmingWhitespace() }
            return pair.count == 2 ? (pair[0].lowercased(), pair[1]) : nil
        }
    }
}

extension DomainProblem {
    fileprivate static func dmarcMissing(_ domain: String) -> DomainProblem {
        DomainProblem(
            .dmarcMissing,
            "There is no DMARC record, and large receivers ask for one. Publish a TXT record at \(shown("_dmarc." + domain)), such as \"v=DMARC1; p=none\"."
        )
    }

    fileprivate static func dmarcUnrecognized(_ text: String) -> DomainProblem {
        DomainProblem(
            .dmarcUnrecognized,
            "The TXT record \(shown(text)) looks like DMARC, but receivers do not recognise it. A DMARC record must begin with \"v=DMARC1;\", in capitals as shown."
        )
    }

    fileprivate static func dmarcSeveralRecords(_ name: String) -> DomainProblem {
        DomainProblem(
            .dmarcSeveralRecords,
            "There are several DMARC records at \(shown(name)), so receivers use none. Remove all but one.")
    }

    fileprivate static func dmarcPolicyMissing(isUsed: Bool) -> DomainProblem {
        DomainProblem(
            .dmarcPolicyMissing, isUsed ? .warning : .error,
            isUsed
                ? "The DMARC record has no \"p\", so receivers treat it as \"p=none\". State the policy."
                : "The DMARC record has no \"p\", so receivers do not use it. Add \"p=none\", \"p=quarantine\" or \"p=reject\" after the version."
        )
    }

    fileprivate static func dmarcPolicyInvalid(isUsed: Bool) -> DomainProblem {
        DomainProblem(
            .dmarcPolicyInvalid, isUsed ? .warning : .error,
            "The DMARC record has an invalid policy in \"p\" or \"sp\", so receivers "
                + (isUsed ? "treat it as \"p=none\"" : "do not use it")
                + ". The policies are \"none\", \"quarantine\" and \"reject\".")
    }

    fileprivate static func dmarcTagInvalid(_ name: String) -> DomainProblem {
        DomainProblem(
            .dmarcTagInvalid, .warning,
            "Receivers ignore the value of \"\(name)\" in the DMARC record, because it is not valid. Correct or remove it."
        )
    }

    fileprivate static func dmarcUnchecked(_ name: String) -> DomainProblem {
        DomainProblem(
            .dmarcUnchecked, .warning,
            "DMARC could not be checked: the DNS did not answer for \(shown(name)). Try again in a few minutes.")
    }
}
