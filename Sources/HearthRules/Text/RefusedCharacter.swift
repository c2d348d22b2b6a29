/// A character that a text must not contain, because it is invisible or changes how the surrounding text is displayed.
package struct RefusedCharacter: Error, Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        case control, invisible, direction, lineBreak, space, unassigned, privateUse
    }

    package let scalar: Unicode.Scalar
    package let reason: Reason

    init(_ scalar: Unicode.Scalar, _ reason: Reason) {
        self.scalar = scalar
        self.reason = reason
    }

    /// The clause after a field's name: "must not contain U+200B ZERO WIDTH SPACE, which cannot be seen".
    package var words: String { "must not contain \(name), \(why)" }

    /// The code point and its Unicode name.
    package var name: String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let codePoint = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let name = scalar.properties.name ?? Self.controls[scalar.value]
        return name.map { "\(codePoint) \($0)" } ?? codePoint
    }

    /// The aliases of the usual controls, which have no names (NameAliases.txt of the Unicode Character Database).
    private static let controls: [UInt32: String] = [
        0x00: "NULL", 0x09: "CHARACTER TABULATION", 0x0A: "LINE FEED", 0x0B: "LINE TABULATION", 0x0C: "FORM FEED",
        0x0D: "CARRIAGE RETURN", 0x1B: "ESCAPE", 0x7F: "DELETE", 0x85: "NEXT LINE",
    ]

    private var why: String {
        switch reason {
        case .control: "which is a control character"
        case .invisible: "which cannot be seen"
        case .direction: "which changes the direction of text"
        case .lineBreak: "which is a line break"
        case .space: "which looks like a space"
        case .unassigned: "which is not a Unicode character"
        case .privateUse: "which is for private use"
        }
    }
}

extension StringProtocol {
    /// The first character that is not allowed in a text for people to read, such as a name, a tag or a description.
    ///
    /// Controls, line breaks, direction controls, noncharacters and invisible characters are not allowed. A joiner or
    /// variation selector is allowed if it changes the appearance; see ``VisibleEffect``. An unassigned code point is allowed
    /// too, unless it is reserved for invisible characters: a newer version of Unicode may have made it an emoji.
    package var refusedCharacter: RefusedCharacter? {
        if isPrintableASCII { return nil }
        let scalars = Array(unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            guard let reason = scalar.refusalInText else { continue }
            if reason == .invisible, VisibleEffect.exists(at: index, in: scalars) { continue }
            return RefusedCharacter(scalar, reason)
        }
        return nil
    }

    /// The first character that is not allowed in the local part of an e-mail address. Stricter than ``refusedCharacter``: no
    /// spaces of any kind, no unassigned code points, and no joiners.
    package var refusedAddressCharacter: RefusedCharacter? {
        if isPrintableASCII { return nil }
        for scalar in unicodeScalars {
            if let reason = scalar.refusalInAddress { return RefusedCharacter(scalar, reason) }
        }
        return nil
    }

    private var isPrintableASCII: Bool { utf8.allSatisfy { (0x20...0x7E).contains($0) } }
}

extension Unicode.Scalar {
    fileprivate var refusalInText: RefusedCharacter.Reason? {
        if isDirectionControl { return .direction }
        switch properties.generalCategory {
        case .control: return .control
        case .lineSeparator, .paragraphSeparator: return .lineBreak
        default: break
        }
        if properties.isNoncharacterCodePoint { return .unassigned }
        return properties.isDefaultIgnorableCodePoint || isBlank ? .invisible : nil
    }

    fileprivate var refusalInAddress: RefusedCharacter.Reason? {
        if let reason = refusalInText { return reason }
        switch properties.generalCategory {
        case .spaceSeparator: return self == " " ? nil : .space
        case .unassigned: return .unassigned
        case .privateUse: return .privateUse
        default: return nil
        }
    }

    /// The property Bidi_Control (Unicode Standard Annex 9, section 2), which Swift does not provide.
    private var isDirectionControl: Bool {
        switch value {
        case 0x061C, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// Invisible characters without the property Default_Ignorable_Code_Point: interlinear annotations, the object
    /// replacement character, and the braille pattern without dots.
    private var isBlank: Bool {
        switch value {
        case 0xFFF9...0xFFFC, 0x2800: true
        default: false
        }
    }
}
