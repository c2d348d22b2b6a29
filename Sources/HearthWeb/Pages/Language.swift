package import HTTPTypes
import HearthRules

/// The languages of the pages that mailbox owners see.
package enum Language: String, Sendable, CaseIterable {
    case english = "en"
    case german = "de"
    case french = "fr"
    case spanish = "es"

    /// The one that the browser likes best among ours (RFC 9110, section 12.5.4); English when it likes none.
    ///
    /// A range matches by its primary subtag: `de-AT` is served German. Of ranges with equal weight the first counts.
    package init(accepting headers: HTTPFields) {
        self = Self.best(headers[values: .acceptLanguage])
    }

    package static func best(_ lists: [String]) -> Language {
        // A header can hold tens of thousands of ranges, and no person reads that many languages.
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

/// One element of `Accept-Language`: a primary subtag, or `*`, and how much it is liked.
private struct LanguageRange {
    let language: String
    /// In thousandths.
    let weight: Int

    /// Nil for what is no language range.
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
