/// What a domain says about its mail, judged.
package enum RecordVerdict: String, Sendable, Equatable {
    case valid
    /// There is none.
    case missing
    /// There is one that receivers will not use.
    case invalid
    /// It could not be looked up now.
    case unknown
}

/// Judges the records that receivers look at: SPF, DMARC and MX.
package enum DomainRecords {
    /// RFC 7208, section 4.5: exactly one record that begins with the version.
    ///
    /// - Parameter texts: the `TXT` records of the domain.
    package static func spf(in texts: [String]) -> (verdict: RecordVerdict, record: String?) {
        let records = texts.filter { $0.lowercased() == "v=spf1" || $0.lowercased().hasPrefix("v=spf1 ") }
        return switch records.count {
        case 0: (.missing, nil)
        case 1: (.valid, records[0])
        default: (.invalid, records[0])
        }
    }

    /// RFC 7489, section 6.6.3: exactly one record that begins with the version, with a policy among the known.
    ///
    /// - Parameter texts: the `TXT` records of `_dmarc.` and the domain.
    package static func dmarc(in texts: [String]) -> (verdict: RecordVerdict, record: String?) {
        let records = texts.filter { tags(of: $0).first.map { $0.name == "v" && $0.value == "DMARC1" } ?? false }
        guard let record = records.first else { return (.missing, nil) }
        let policy = tags(of: record).first { $0.name == "p" }?.value.lowercased()
        let isUsable = records.count == 1 && ["none", "quarantine", "reject"].contains(policy)
        return (isUsable ? .valid : .invalid, record)
    }

    /// RFC 5321, section 5.1, and RFC 7505: a single MX without a name says that the domain takes no mail.
    package static func mx(hosts: [String]) -> RecordVerdict {
        if hosts.isEmpty { return .missing }
        return hosts.contains { $0.isEmpty || $0 == "." } ? .invalid : .valid
    }

    /// Where a DMARC record may stand: the domain itself, then each domain above it down to two labels.
    package static func dmarcNames(of domain: String) -> [String] {
        let labels = domain.split(separator: ".")
        guard labels.count >= 2 else { return [] }
        return (0...(labels.count - 2)).map { "_dmarc." + labels[$0...].joined(separator: ".") }
    }

    private static func tags(of record: String) -> [(name: String, value: String)] {
        record.split(separator: ";").compactMap { part in
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmed }
            return pair.count == 2 ? (pair[0].lowercased(), pair[1]) : nil
        }
    }
}

/// The grade of a domain: A when all three records are valid, one letter lower for each that is not.
package enum DomainGrade: String, Sendable, Equatable {
    case a = "A"
    case b = "B"
    case c = "C"
    case d = "D"

    /// Nil while any of them is not known.
    package init?(_ verdicts: [RecordVerdict]) {
        guard !verdicts.contains(.unknown) else { return nil }
        switch verdicts.count(where: { $0 != .valid }) {
        case 0: self = .a
        case 1: self = .b
        case 2: self = .c
        default: self = .d
        }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var rest = self
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
