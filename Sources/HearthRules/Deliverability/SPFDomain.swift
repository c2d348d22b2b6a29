/// A domain in an SPF record, with macros (RFC 7208, section 7).
struct SPFDomain: Sendable, Equatable {
    enum Part: Sendable, Equatable {
        case literal(String)
        case macro(letter: Character, keep: Int?, isReversed: Bool, delimiters: String)
    }

    private let parts: [Part]

    /// Parses a domain spec, which ends in a macro, or in a dot and a top label (section 12).
    init(_ text: String) throws(SPFSyntaxProblem.Kind) {
        parts = try Self.parts(of: text)
        switch parts.last {
        case nil: throw .missingDomain
        case .macro?: break
        case .literal(let literal)?:
            // The expansions of "%%", "%_" and "%-" are part of a literal here.
            guard text.hasSuffix("%%") || text.hasSuffix("%_") || text.hasSuffix("%-") || Self.endsInTopLabel(literal)
            else { throw .badDomain }
        }
    }

    /// Whether the last label has letters, digits and inner hyphens, and not only digits. A trailing dot is allowed.
    private static func endsInTopLabel(_ literal: String) -> Bool {
        let labels = (literal.hasSuffix(".") ? literal.dropLast() : literal[...])
            .split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, let label = labels.last, !label.isEmpty, label.first != "-", label.last != "-" else {
            return false
        }
        return label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" } && !label.allSatisfy(\.isNumber)
    }

    /// - Parameter text: visible ASCII.
    static func parts(of text: String) throws(SPFSyntaxProblem.Kind) -> [Part] {
        var parts: [Part] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                literal.append(character)
                continue
            }
            switch rest.popFirst() {
            case "%": literal.append("%")
            case "_": literal.append(" ")
            case "-": literal += "%20"
            case "{":
                guard let end = rest.firstIndex(of: "}") else { throw .badMacro }
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                parts.append(try macro(rest[..<end]))
                rest = rest[rest.index(after: end)...]
            default: throw .badMacro
            }
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        return parts
    }

    /// Parses `d2r.-`: a letter, the number of labels to keep, whether to reverse them, and the delimiters. The letters
    /// `c`, `r` and `t` are only allowed in explanations (section 7.2).
    private static func macro(_ text: Substring) throws(SPFSyntaxProblem.Kind) -> Part {
        var rest = text
        guard let letter = rest.popFirst()?.lowercased().first, "slodipvh".contains(letter) else { throw .badMacro }
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        let isReversed = rest.first == "r" || rest.first == "R"
        if isReversed { rest = rest.dropFirst() }
        guard rest.allSatisfy({ ".-+,/_=".contains($0) }), digits.utf8.count <= 3, digits.isEmpty || Int(digits) != 0
        else {
            throw .badMacro
        }
        return .macro(
            letter: letter, keep: Int(digits), isReversed: isReversed, delimiters: rest.isEmpty ? "." : String(rest))
    }

    /// Expands the macros. Returns nil if that requires a message: the local part of its sender's address, or the sending
    /// server's HELO name.
    ///
    /// - Parameters:
    ///   - domain: the domain whose record this is.
    ///   - origin: the domain of the sender's address.
    ///   - address: the sending server's address as bytes; nil if unknown.
    func name(in domain: String, origin: String, address: [UInt8]?) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .macro(let letter, let keep, let isReversed, let delimiters):
                let value: String? =
                    switch letter {
                    case "d": domain
                    case "o": origin
                    case "i": address.map(Self.text(of:))
                    case "v": address.map { $0.count == 4 ? "in-addr" : "ip6" }
                    default: nil
                    }
                guard let value else { return nil }
                var labels = value.split(omittingEmptySubsequences: false) { delimiters.contains($0) }
                if isReversed { labels.reverse() }
                text += labels.suffix(keep ?? labels.count).joined(separator: ".")
            }
        }
        if text.hasSuffix(".") { text.removeLast() }
        // Section 7.3: labels are removed from the left of a name that is too long.
        while text.utf8.count > 253, let dot = text.firstIndex(of: ".") {
            text = String(text[text.index(after: dot)...])
        }
        return text.lowercased()
    }

    /// Formats an address in dotted decimals, or for IPv6 in dotted hexadecimal digits (section 7.3).
    private static func text(of address: [UInt8]) -> String {
        address.count == 4
            ? address.map(String.init).joined(separator: ".")
            : address.flatMap { [$0 >> 4, $0 & 15] }.map { String($0, radix: 16) }.joined(separator: ".")
    }
}
