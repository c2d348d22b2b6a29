import TestSupport
import Testing

@testable import HearthRules

@Suite("Human-readable texts")
struct TextTests {
    @Test(
        "invisible and direction-changing characters are refused by name",
        arguments: [
            ("\u{200B}ann", "must not contain U+200B ZERO WIDTH SPACE, which cannot be seen"),
            ("a\u{FEFF}b", "must not contain U+FEFF ZERO WIDTH NO-BREAK SPACE, which cannot be seen"),
            ("\u{202E}eeL", "must not contain U+202E RIGHT-TO-LEFT OVERRIDE, which changes the direction of text"),
            ("a\u{2066}b", "must not contain U+2066 LEFT-TO-RIGHT ISOLATE, which changes the direction of text"),
            ("a\u{200E}", "must not contain U+200E LEFT-TO-RIGHT MARK, which changes the direction of text"),
            ("\u{61C}a", "must not contain U+061C ARABIC LETTER MARK, which changes the direction of text"),
            ("a\nb", "must not contain U+000A LINE FEED, which is a control character"),
            ("a\tb", "must not contain U+0009 CHARACTER TABULATION, which is a control character"),
            ("a\0b", "must not contain U+0000 NULL, which is a control character"),
            ("a\u{7F}b", "must not contain U+007F DELETE, which is a control character"),
            ("a\u{85}b", "must not contain U+0085 NEXT LINE, which is a control character"),
            ("a\u{2028}b", "must not contain U+2028 LINE SEPARATOR, which is a line break"),
            ("a\u{AD}b", "must not contain U+00AD SOFT HYPHEN, which cannot be seen"),
            ("a\u{2060}b", "must not contain U+2060 WORD JOINER, which cannot be seen"),
            ("a\u{3164}b", "must not contain U+3164 HANGUL FILLER, which cannot be seen"),
            ("a\u{E0041}b", "must not contain U+E0041 TAG LATIN CAPITAL LETTER A, which cannot be seen"),
            ("a\u{FFF9}b", "must not contain U+FFF9 INTERLINEAR ANNOTATION ANCHOR, which cannot be seen"),
            ("\u{2800}", "must not contain U+2800 BRAILLE PATTERN BLANK, which cannot be seen"),
        ])
    func refused(text: String, words: String) {
        #expect(text.refusedCharacter?.words == words)
    }

    /// The compiler does not allow them in literals.
    @Test("noncharacters are refused", arguments: [0xFDD0, 0xFFFE, 0x1FFFF, 0x10FFFF] as [UInt32])
    func noncharacters(value: UInt32) throws {
        let refused = String(try #require(Unicode.Scalar(value))).refusedCharacter
        #expect(refused?.reason == .unassigned && refused?.name == "U+" + String(value, radix: 16, uppercase: true))
    }

    @Test(
        "a joiner or a selector without an effect is refused",
        arguments: [
            "a\u{200D}b", "a\u{200C}b", "\u{200D}", "1\u{200D}2", "😀\u{200D}", "\u{200D}😀", "a\u{FE0F}", "1\u{FE0F}",
            "\u{FE0F}", "a\u{FE00}", "😀\u{E0067}", "🏴\u{E0067}\u{E0062}", "🏴\u{E007F}", "\u{627}\u{200C}",
            "\u{627}\u{200C}a",
            "字\u{E0100}\u{E0101}",
        ])
    func effectless(text: String) {
        #expect(text.refusedCharacter?.reason == .invisible)
    }

    @Test(
        "names in all scripts and emoji are accepted unchanged",
        arguments: [
            "Ann Lee", "José", "Zoë Müller-Lüdenscheid", "李小龍", "Ελένη", "Дмитрий", "أحمد", "דוד", "O’Neill",
            "Jean\u{A0}Luc",
            // Joiners that Persian, Hindi and Sinhala need, and the selectors of ideographs.
            "علی\u{200C}رضا", "क्\u{200D}ष", "ක්\u{200D}රි", "র\u{9CD}\u{200C}য", "葛\u{E0100}城", "≨\u{FE00}",
            "👩🏽\u{200D}💻", "❤\u{FE0F}\u{200D}🔥", "👨\u{200D}👩\u{200D}👧", "1\u{FE0F}\u{20E3}", "☺\u{FE0E}",
            "🏳\u{FE0F}\u{200D}🌈",
            "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}", "\u{E000}",
        ])
    func readable(text: String) {
        #expect(text.refusedCharacter == nil)
    }

    @Test("only white space and byte order marks at the ends are removed")
    func trimming() {
        #expect("\u{FEFF} \u{A0}\t\r\n\u{3000}Ann Lee\u{FEFF}\n".trimmingWhitespace() == "Ann Lee")
        #expect("\u{200B}a".trimmingWhitespace() == "\u{200B}a")
    }

    @Test(
        "the error for an address names the invalid character",
        arguments: [
            ("\u{200B}ann@contoso.example", "must not contain U+200B ZERO WIDTH SPACE, which cannot be seen"),
            ("ann@conto\u{AD}so.example", "must not contain U+00AD SOFT HYPHEN, which cannot be seen"),
            ("ann\u{200D}@contoso.example", "must not contain U+200D ZERO WIDTH JOINER, which cannot be seen"),
            ("क्\u{200D}ष@contoso.example", "must not contain U+200D ZERO WIDTH JOINER, which cannot be seen"),
            ("ann\u{A0}lee@contoso.example", "must not contain U+00A0 NO-BREAK SPACE, which looks like a space"),
            ("ann\u{2003}lee@contoso.example", "must not contain U+2003 EM SPACE, which looks like a space"),
            (
                "\u{202E}ann@contoso.example",
                "must not contain U+202E RIGHT-TO-LEFT OVERRIDE, which changes the direction of text"
            ),
            ("ann\u{E000}@contoso.example", "must not contain U+E000, which is for private use"),
            ("ann\u{378}@contoso.example", "must not contain U+0378, which is not a Unicode character"),
        ])
    func addresses(text: String, words: String) {
        do {
            _ = try EmailAddress(text)
            Issue.record("it was accepted")
        } catch {
            #expect(error.words == words)
        }
    }

    @Test("a byte order mark before an address is not part of it")
    func addressAfterMark() throws {
        #expect(try EmailAddress("\u{FEFF}Ann@Contoso.example\u{FEFF}").key == "ann@contoso.example")
    }

    @Test("any text can be checked, and an accepted one has no direction controls")
    func random() {
        var generator = SeededRandom(seed: 12)
        let pool: [ClosedRange<UInt32>] = [
            0x00...0x7F, 0xA0...0x700, 0x900...0x9FF, 0x2000...0x206F, 0xFE00...0xFEFF, 0x1F3F0...0x1F6FF,
            0xE0000...0xE01EF,
            0x10FFF0...0x10FFFF,
        ]
        for _ in 0..<20_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...8, using: &generator) {
                let range = pool[Int.random(in: 0..<pool.count, using: &generator)]
                if let scalar = Unicode.Scalar(.random(in: range, using: &generator)) { text.append(scalar) }
            }
            if String(text).refusedCharacter == nil {
                #expect(!text.contains { (0x202A...0x202E).contains($0.value) || (0x2066...0x2069).contains($0.value) })
                #expect(!text.contains { $0.properties.generalCategory == .control })
            }
            if let key = EmailAddress.key(of: String(text) + "@contoso.example") {
                #expect(
                    !key.unicodeScalars.contains {
                        $0.properties.isDefaultIgnorableCodePoint || $0.properties.isWhitespace
                    })
            }
        }
    }
}
