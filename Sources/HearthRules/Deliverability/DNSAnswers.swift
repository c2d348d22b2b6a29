/// A DNS query.
package struct DNSQuestion: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case txt, mx, a, aaaa
    }

    package let kind: Kind
    /// In lower case, without a trailing dot.
    package let name: String

    package init(_ kind: Kind, _ name: String) {
        self.kind = kind
        let name = name.lowercased()
        self.name = name.hasSuffix(".") ? String(name.dropLast()) : name
    }

    /// Whether the name can be looked up: at least two labels of 1 to 63 visible ASCII characters (RFC 1035,
    /// section 2.3.4, and RFC 7208, section 4.3).
    package var isWellFormed: Bool {
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return name.utf8.count <= 253 && labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.count)
                    && label.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
            }
    }
}

/// The answer to a DNS query. An empty list means that the name does not exist or has no record of that type.
package enum DNSAnswer: Sendable, Equatable {
    /// The texts of TXT records, each with its strings joined.
    case texts([String])
    /// The hosts of MX records, most preferred first; a null MX has the empty name.
    case hosts([String])
    /// The bytes of A (4 each) or AAAA (16 each) records.
    case addresses([[UInt8]])
    /// No server could be asked, or it returned a server error.
    case failed
}

/// The answers known so far. Rules that read them stop at the first missing one and report it; the caller looks it up and
/// runs the rule again.
package struct DNSAnswers: Sendable {
    /// Why a rule cannot continue.
    package enum Stop: Error, Sendable, Equatable {
        case needs(DNSQuestion)
        /// The query failed.
        case failed(DNSQuestion)
    }

    private var known: [DNSQuestion: DNSAnswer]

    package init(_ known: [DNSQuestion: DNSAnswer] = [:]) {
        self.known = known
    }

    package var count: Int { known.count }

    package subscript(question: DNSQuestion) -> DNSAnswer? {
        get { known[question] }
        set { known[question] = newValue }
    }

    func texts(of name: String) throws(Stop) -> [String] {
        if case .texts(let texts) = try answer(to: DNSQuestion(.txt, name)) { texts } else { [] }
    }

    func hosts(of name: String) throws(Stop) -> [String] {
        if case .hosts(let hosts) = try answer(to: DNSQuestion(.mx, name)) { hosts } else { [] }
    }

    func addresses(of name: String, _ kind: DNSQuestion.Kind) throws(Stop) -> [[UInt8]] {
        if case .addresses(let addresses) = try answer(to: DNSQuestion(kind, name)) { addresses } else { [] }
    }

    /// Returns nil for a name that cannot be looked up, because nothing can be published there.
    private func answer(to question: DNSQuestion) throws(Stop) -> DNSAnswer? {
        guard question.isWellFormed else { return nil }
        switch known[question] {
        case nil: throw .needs(question)
        case .failed?: throw .failed(question)
        case let answer?: return answer
        }
    }
}
