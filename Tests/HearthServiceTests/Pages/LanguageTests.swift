import HTTPTypes
import HearthRules
import Testing

@testable import HearthOnboarding
@testable import HearthWeb

@Suite("The owner's languages")
struct LanguageTests {
    @Test(
        "the browser's best is chosen",
        arguments: [
            ("", Language.english), ("de", .german), ("de-AT", .german), ("FR-ca,en;q=0.5", .french),
            ("it,es;q=0.3,de;q=0.4", .german), ("en;q=0,*", .german), ("ja", .english), ("*", .english),
            ("de;q=0.7,fr;q=0.7", .german), ("es;q=0", .english), ("de;q=2,es;q=0.1", .spanish), (";;,,-;q", .english),
            ("fr ; q=1.0", .french),
        ])
    func negotiation(header: String, expected: Language) {
        #expect(Language(accepting: [.acceptLanguage: header]) == expected)
    }

    @Test("of a header without end only the beginning is read")
    func endlessHeader() {
        let header = String(repeating: "xx,", count: 20_000) + "de"
        #expect(Language(accepting: [.acceptLanguage: header]) == .english)
    }

    @Test(
        "every language says everything, each in its own words, with the same names in it", arguments: Language.allCases
    )
    func completeness(language: Language) {
        for phrase in OwnerPhrase.allCases {
            let text = phrase.text(in: language)
            #expect(!text.isEmpty && text == text.trimmingWhitespace(), "\(phrase)")
            let isSentence = "\(phrase)".hasSuffix("Text")
            #expect(!isSentence || text.hasSuffix("."), "\(phrase)")
            guard language != .english else { continue }
            #expect(text != phrase.text(in: .english), "\(phrase)")
            #expect(names(in: text) == names(in: phrase.text(in: .english)), "\(phrase)")
        }
    }

    private func names(in text: String) -> Set<Substring> {
        Set(text.matches(of: /\{[a-z]+\}/).map(\.output))
    }

    @Test("names are filled in once, and one that is read from right to left stays within itself")
    func filling() {
        let filled = OwnerPhrase.connectedText.text(
            in: .english, filling: ["tenant": "{email}", "email": "a@b.example"])
        #expect(filled == "{email} may now use a@b.example. You can close this page.")
        let hebrew = OwnerPhrase.back.text(in: .english, filling: ["tenant": "שלום"])
        #expect(hebrew == "Back to \u{2068}שלום\u{2069}")
    }
}
