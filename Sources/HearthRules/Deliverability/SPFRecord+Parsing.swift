import Foundation

/// A term that makes a whole SPF record unusable: receivers return `permerror` (RFC 7208, section 4.6).
struct SPFSyntaxProblem: Error, Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case unknownMechanism, unexpectedArgument, missingDomain, badDomain, badAddress, badPrefixLength, repeated
        case badCharacter, badMacro
    }

    let kind: Kind
    /// The term as written in the record.
    let term: String
}

extension SPFRecord {
    /// - Parameter text: a record for which ``isOne(_:)`` is true.
    init(_ text: String) throws(SPFSyntaxProblem) {
        var directives: [Directive] = []
        var redirect: SPFDomain?
        var hasExplanation = false
        for part in text.utf8.dropFirst("v=spf1".utf8.count).split(separator: UInt8(ascii: " ")) {
            let term = String(decoding: part, as: UTF8.self)
            func problem(_ kind: SPFSyntaxProblem.Kind) -> SPFSyntaxProblem { SPFSyntaxProblem(kind: kind, term: term) }
            guard part.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw problem(.badCharacter) }
            let nameEnd = term.firstIndex { ":/=".contains($0) } ?? term.endIndex
            guard nameEnd < term.endIndex, term[nameEnd] == "=" else {
                do throws(SPFSyntaxProblem.Kind) {
                    directives.append(try Directive(term))
                } catch {
                    throw problem(error)
                }
                continue
            }
            let (name, value) = (term[..<nameEnd].lowercased(), String(term[term.index(after: nameEnd)...]))
            guard Self.isModifierName(name) else { throw problem(.unknownMechanism) }
            do throws(SPFSyntaxProblem.Kind) {
                switch name {
                case "redirect":
                    guard redirect == nil else { throw .repeated }
                    redirect = try SPFDomain(value)
                case "exp":
                    guard !hasExplanation else { throw .repeated }
                    hasExplanation = true
                    _ = try SPFDomain(value)
                // Section 6: unknown modifiers are ignored, if their value is a macro string.
                default: _ = try SPFDomain.parts(of: value)
                }
            } catch {
                throw problem(error)
            }
        }
        self.directives = directives
        self.redirect = redirect
    }

    /// Section 12: a letter, followed by letters, digits, "-", "_" and ".".
    private static func isModifierName(_ name: String) -> Bool {
        name.first?.isLetter == true && name.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
    }
}

extension SPFSyntaxProblem.Kind: Error {}

extension SPFRecord.Directive {
    fileprivate init(_ term: String) throws(SPFSyntaxProblem.Kind) {
        let qualifier = term.first.flatMap(SPFRecord.Qualifier.init)
        self.qualifier = qualifier ?? .pass
        let text = qualifier == nil ? term[...] : term.dropFirst()
        let nameEnd = text.firstIndex { ":/".contains($0) } ?? text.endIndex
        let argument = String(text[nameEnd...])
        mechanism =
            switch text[..<nameEnd].lowercased() {
            case "all": try Self.nothing(argument, .all)
            case "include": .include(try Self.domain(argument))
            case "exists": .exists(try Self.domain(argument))
            case "ptr": .ptr(argument.isEmpty ? nil : try Self.domain(argument))
            case "ip4": .network(try Self.network(argument, family: AF_INET))
            case "ip6": .network(try Self.network(argument, family: AF_INET6))
            case "a": try Self.host(argument) { .a($0, $1) }
            case "mx": try Self.host(argument) { .mx($0, $1) }
            default: throw .unknownMechanism
            }
    }

    private static func nothing(
        _ argument: String, _ mechanism: SPFRecord.Mechanism
    ) throws(SPFSyntaxProblem.Kind) -> SPFRecord.Mechanism {
        if !argument.isEmpty { throw .unexpectedArgument }
        return mechanism
    }

    private static func domain(_ argument: String) throws(SPFSyntaxProblem.Kind) -> SPFDomain {
        guard argument.first == ":", argument.utf8.count > 1 else { throw .missingDomain }
        return try SPFDomain(String(argument.dropFirst()))
    }

    /// Parses `:domain/24//64`, in which each part is optional. A domain may contain slashes, so the lengths are read from
    /// the end.
    private static func host(
        _ argument: String, _ make: (SPFDomain?, SPFPrefixes) -> SPFRecord.Mechanism
    ) throws(SPFSyntaxProblem.Kind) -> SPFRecord.Mechanism {
        var rest = argument[...]
        var prefixes = SPFPrefixes()
        if let length = takeDigits(from: &rest, after: "//") { prefixes.v6 = try prefix(length, in: 0...128) }
        if let length = takeDigits(from: &rest, after: "/") { prefixes.v4 = try prefix(length, in: 0...32) }
        if rest.isEmpty { return make(nil, prefixes) }
        if rest.first == "/" { throw .badPrefixLength }
        return make(try domain(String(rest)), prefixes)
    }

    /// Removes trailing digits and the mark before them, and returns the digits.
    private static func takeDigits(from text: inout Substring, after mark: String) -> Substring? {
        let digits = text.suffix(while: { $0.isASCII && $0.isNumber })
        guard !digits.isEmpty, text.dropLast(digits.count).hasSuffix(mark) else { return nil }
        text = text.dropLast(digits.count + mark.count)
        return digits
    }

    /// Parses a prefix length, which has no leading zero (section 12).
    private static func prefix(
        _ digits: Substring, in range: ClosedRange<Int>
    ) throws(SPFSyntaxProblem.Kind) -> Int {
        guard digits == "0" || digits.first != "0", let length = Int(digits), range.contains(length) else {
            throw .badPrefixLength
        }
        return length
    }

    private static func network(_ argument: String, family: Int32) throws(SPFSyntaxProblem.Kind) -> SPFNetwork {
        guard argument.first == ":" else { throw .badAddress }
        let parts = argument.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let size = family == AF_INET ? 4 : 16
        var bytes = [UInt8](repeating: 0, count: size)
        guard let address = parts.first, inet_pton(family, String(address), &bytes) == 1 else { throw .badAddress }
        guard parts.count == 2 else { return SPFNetwork(bytes: bytes, prefixLength: size * 8) }
        guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .badPrefixLength
        }
        return SPFNetwork(bytes: bytes, prefixLength: try prefix(parts[1], in: 0...(size * 8)))
    }
}

extension Substring {
    fileprivate func suffix(while isWanted: (Character) -> Bool) -> Substring {
        self[(lastIndex { !isWanted($0) }.map(index(after:)) ?? startIndex)...]
    }
}
