package import HTTPTypes
import HearthRules

/// The languages of the pages for mailbox owners.
package enum Language: String, Sendable, CaseIterable {
    case english = "en"
    case german = "de"
    case french = "fr"
    case spanish = "es"

    /// Selects the supported language that the browser prefers (RFC 9110, section 12.5.4), or English if it accepts none.
    ///
    /// A range matches by its primary subtag: `de-AT` selects German. Among ranges with equal weight the first wins.
    package init(accepting headers: HTTPFields) {
        self = Self.best(headers[values: .acceptLanguage])
    }

    package static func best(_ lists: [String]) -> Language {
        // A header can hold tens of thousands of ranges, far more than anybody has a use for.
        let ranges = lists.joined(separator: ",").split(separator: ",").prefix(50).compactMap(LanguageRange.init)
        let refused = Set(ranges.filter { $0.weight == 0 }.compactMap { Language(rawValue: $0.language) })
        var best: (language: Language, weight: Int)?
        for range in ranges where range.weight > best?.weight ?? 0 {
            if range.language == "*" {
                guard let any = allCases.first(where: { !refused.contains($0) }) else { continue }
                best = (any, range.weight)
            } else if let language = Language(rawValue: range.language) {
                best = (language, range.weight)
            }
        }
        return best?.language ?? .english
    }
}

/// One element of `Accept-Language`: a primary subtag, or `*`, and its weight.
private struct LanguageRange {
    let language: String
    /// In thousandths.
    let weight: Int

    /// Returns nil if the text is not a language range.
    init?(_ text: Substring) {
        let parts = text.split(separator: ";").map { $0.trimmingWhitespace() }
        guard let tag = parts.first, let primary = tag.split(separator: "-").first else { return nil }
        language = primary.lowercased()
        var weight = 1_000
        for parameter in parts.dropFirst() where parameter.lowercased().hasPrefix("q=") {
            guard let value = Double(parameter.dropFirst(2)), (0...1).contains(value) else { return nil }
            weight = Int((value * 1_000).rounded())
        }
        self.weight = weight
    }
}
