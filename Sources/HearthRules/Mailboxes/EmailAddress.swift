import Foundation

/// An e-mail address that a partner entered: kept as written, compared by a normalised key.
package struct EmailAddress: Sendable, Equatable {
    /// As the partner wrote it, trimmed.
    package let text: String
    /// Lower-case, composed (NFC), with the domain in IDNA's ASCII form: equal keys mean the same address.
    package let key: String

    package enum Problem: Error, Sendable, Equatable {
        case empty, tooLong, noAt, badLocalPart, badDomain
        case refused(RefusedCharacter)

        package var words: String {
            switch self {
            case .empty: "is required"
            case .tooLong: "is longer than 255 characters"
            case .noAt: "must be an e-mail address such as ann@example.com"
            case .badLocalPart: "has an invalid part before the @"
            case .badDomain: "has a part after the @ that is not a domain name"
            case .refused(let character): character.words
            }
        }
    }

    /// - Parameter text: an address, optionally surrounded by white space.
    package init(_ text: String) throws(Problem) {
        let text = text.trimmingWhitespace()
        if text.isEmpty { throw .empty }
        if text.unicodeScalars.count > 255 { throw .tooLong }
        // Checked first, so that an invisible character is reported by name; the user could not find it otherwise.
        if let character = text.refusedCharacter { throw .refused(character) }
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { throw .noAt }
        let local = String(text[..<at])
        let domain = String(text[text.utf8.index(after: at)...])
        if let character = local.refusedAddressCharacter { throw .refused(character) }
        // RFC 5321 4.5.3.1.1: at most 64 octets. RFC 5322 dot-atom plus RFC 6531's UTF-8; no quoted local parts, because
        // Microsoft accounts do not have them.
        guard local.utf8.count <= 64, local.unicodeScalars.allSatisfy(Self.isAtomOrDot),
            Self.parts(of: local).allSatisfy({ !$0.isEmpty })
        else { throw .badLocalPart }
        guard let ascii = Self.asciiDomain(domain) else { throw .badDomain }
        self.text = text
        self.key = Self.composed(local.lowercased()) + "@" + ascii
    }

    /// Returns the key of an address reported by Microsoft; nil if it is not an address (a phone number, a guest's name).
    package static func key(of text: String) -> String? {
        (try? EmailAddress(text))?.key
    }

    /// `a•••@example.com`: enough for the owner to recognise, not enough for anyone else.
    package var masked: String {
        let at = text.lastIndex(of: "@") ?? text.endIndex
        return text.prefix(1) + "•••" + text[at...]
    }

    private static func isAtomOrDot(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        case ".", "!", "#", "$", "%", "&", "'", "*", "+", "-", "/", "=", "?", "^", "_", "`", "{", "|", "}", "~": true
        default: !scalar.isASCII
        }
    }

    /// Returns the NFC form. ASCII, which most addresses are, is returned unchanged.
    private static func composed(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
    }

    /// Returns the domain in ASCII, by the IDNA processing (UTS 46) that Foundation applies to a URL's host; nil if it is not
    /// a domain.
    private static func asciiDomain(_ domain: String) -> String? {
        let lowered = composed(domain.lowercased())
        let ascii: String
        if lowered.utf8.allSatisfy({ $0 < 0x80 }) {
            ascii = lowered
        } else {
            var components = URLComponents()
            components.host = lowered
            guard let host = components.encodedHost, !host.contains("%") else { return nil }
            ascii = host.lowercased()
        }
        let labels = parts(of: ascii)
        guard ascii.utf8.count <= 253, labels.count >= 2, labels.allSatisfy(isLabel), let top = labels.last?.first,
            !isDigit(top)
        else { return nil }
        return ascii
    }

    /// RFC 1035 2.3.1 with RFC 1123 2.1: letters, digits and inner hyphens, at most 63.
    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
            && label.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || isDigit($0) || $0 == hyphen }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Splits at dots, keeping empty parts.
    private static func parts(of text: String) -> [Substring.UTF8View] {
        text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    }
}
