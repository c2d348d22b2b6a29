import Foundation
import HearthRules
import HearthWeb
package import StrictJSON

/// The fields shared by connecting a mailbox and changing a campaign. The snake_case name of a field comes first, its
/// camelCase alias second.
extension Fields {
    static let metaLimit = 16_384
    static let tagLimit = 100

    package mutating func timezone() -> String? {
        guard let text = string("timezone", length: 1...64) else { return nil }
        do {
            return try TimeZoneName(text).text
        } catch {
            problem("timezone", error.words)
            return nil
        }
    }

    /// Returns the partner's own JSON, byte for byte, and its value.
    package mutating func meta() -> (text: String, value: JSONValue)? {
        json("meta", limit: Self.metaLimit)
    }

    /// `tags` as a list or comma-separated, and `meta.tags` likewise, merged without duplicates.
    ///
    /// - Returns: nil if neither is present.
    package mutating func tags(meta: JSONValue?) -> [String]? {
        let own = list("tags", count: 0...Self.tagLimit, length: 1...255)
        var others: [String]?
        switch meta?.asObject?["tags"] {
        case .string(let text)?:
            others = text.split(separator: ",").map { $0.trimmingWhitespace() }.filter { !$0.isEmpty }
        case .array(let values)?: others = values.compactMap { $0.asString?.trimmingWhitespace() }
        default: break
        }
        guard own != nil || others != nil else { return nil }
        var seen = Set<String>()
        let distinct = ((own ?? []) + (others ?? [])).filter { seen.insert($0).inserted }
        if distinct.count > Self.tagLimit {
            problem("tags", "has more than \(Self.tagLimit) tags, including those in meta")
        }
        if distinct.contains(where: { $0.isEmpty || $0.unicodeScalars.count > 255 }) {
            problem("meta", "has a tag that is empty or longer than 255 characters")
        }
        if let character = others?.lazy.compactMap(\.refusedCharacter).first {
            problem("meta", "has a tag that \(character.words)")
        }
        return distinct
    }
}
