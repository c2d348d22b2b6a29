/// Whether an invisible character changes the appearance of its neighbours.
///
/// For joiners these are the contexts of RFC 5892, appendix A.1 and A.2, and of Unicode Technical Standard 39,
/// section 3.1.1; for emoji those of Unicode Technical Standard 51, section 1.4.9.
enum VisibleEffect {
    static func exists(at index: Int, in scalars: [Unicode.Scalar]) -> Bool {
        let scalar = scalars[index]
        guard index > 0 else { return false }
        let previous = scalars[index - 1]
        let next = index + 1 < scalars.count ? scalars[index + 1] : nil
        switch scalar.value {
        case 0x200C:
            return previous.isVirama || joinsLetters(at: index, in: scalars)
        case 0x200D:
            return previous.isVirama || previous.isEmojiPart && next?.isEmojiPart == true
        case 0xFE0E, 0xFE0F:
            // The combining key cap makes an emoji from a digit, "#" or "*".
            return previous.isASCII ? previous.properties.isEmoji && next?.value == 0x20E3 : previous.properties.isEmoji
        case 0xE0020...0xE007F:
            return isInFlag(index, of: scalars)
        default:
            return scalar.properties.isVariationSelector && previous.takesVariation
        }
    }

    /// RFC 5892, appendix A.1: between two letters of a cursive script, ignoring their marks.
    private static func joinsLetters(at index: Int, in scalars: [Unicode.Scalar]) -> Bool {
        let isMark = { (scalar: Unicode.Scalar) in scalar.properties.generalCategory == .nonspacingMark }
        guard let before = scalars[..<index].last(where: { !isMark($0) }),
            let after = scalars[(index + 1)...].first(where: { !isMark($0) })
        else { return false }
        return before.isCursiveLetter && after.isCursiveLetter
    }

    /// Unicode Technical Standard 51, annex C: a black flag, tag characters that name a region, and the cancel tag.
    private static func isInFlag(_ index: Int, of scalars: [Unicode.Scalar]) -> Bool {
        let isTag = { (scalar: Unicode.Scalar) in (0xE0020...0xE007F).contains(scalar.value) }
        guard let flag = scalars[..<index].lastIndex(where: { !isTag($0) }), scalars[flag].value == 0x1F3F4 else {
            return false
        }
        let tags = scalars[(flag + 1)...].prefix(while: isTag)
        // Three to six letters or digits, such as gbsct, and the cancel tag.
        return (4...7).contains(tags.count) && tags.firstIndex { $0.value == 0xE007F } == tags.endIndex - 1
    }
}

extension Unicode.Scalar {
    fileprivate var isVirama: Bool { properties.canonicalCombiningClass == .virama }

    /// An emoji, an emoji modifier, or the emoji variation selector.
    fileprivate var isEmojiPart: Bool { value == 0xFE0F || !isASCII && properties.isEmoji }

    /// Ideographs, symbols, and letters of scripts with standardised variants, such as Myanmar and Mongolian.
    fileprivate var takesVariation: Bool {
        guard !isASCII, !properties.isVariationSelector else { return false }
        return switch properties.generalCategory {
        case .otherLetter, .mathSymbol, .otherSymbol, .otherPunctuation, .nonspacingMark, .spacingMark: true
        default: false
        }
    }

    /// Letters in the blocks of cursive scripts: Arabic, Syriac, N'Ko, Mandaic, Mongolian, Adlam.
    fileprivate var isCursiveLetter: Bool {
        guard properties.isAlphabetic else { return false }
        return switch value {
        case 0x0620...0x077F, 0x07C0...0x07FF, 0x0840...0x08FF, 0x1800...0x18AF, 0xFB50...0xFDFF, 0xFE70...0xFEFC,
            0x1E900...0x1E95F:
            true
        default: false
        }
    }
}
