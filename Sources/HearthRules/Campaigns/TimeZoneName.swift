/// A name in the IANA time zone database, with its exact spelling.
package struct TimeZoneName: Sendable, Equatable {
    package let text: String

    /// The text is not a name in the database. Abbreviations such as `PST` and offsets such as `UTC+2` are not names,
    /// although Foundation would accept them, `BST` as the time of Bangladesh.
    package struct Problem: Error, Sendable, Equatable {
        /// The name that was probably meant.
        package let suggestion: String?

        /// The clause after the field's name.
        package var words: String {
            "must be an IANA time zone name, such as America/Chicago"
                + (suggestion.map { "; did you mean \($0)?" }
                    ?? "; abbreviations such as PST and offsets such as UTC+2 are not accepted")
        }
    }

    package init(_ text: String) throws(Problem) {
        guard TimeZoneNames.all.contains(text) else { throw Problem(suggestion: Self.nearest(to: text)) }
        self.text = text
    }

    /// Finds the same name in another case, the same place in another area or without one, or a name within an edit distance
    /// of two.
    private static func nearest(to text: String) -> String? {
        let wanted = text.lowercased().replacing(" ", with: "_")
        guard !wanted.isEmpty, wanted.utf8.count <= 64 else { return nil }
        let names = TimeZoneNames.all.sorted().map { (name: $0, lowered: $0.lowercased()) }
        if let same = names.first(where: { $0.lowered == wanted }) { return same.name }
        // A text with digits may be close to a name with another meaning: "GMT+5" is not Etc/GMT+5, which is five hours
        // behind.
        guard !wanted.contains(where: \.isNumber) else { return nil }
        let place = wanted.split(separator: "/").last ?? ""
        if let same = names.first(where: { $0.lowered.hasSuffix("/" + place) }) { return same.name }
        guard wanted.contains("/") else { return nil }
        let distances = names.filter { $0.lowered.contains("/") }.map { name in
            (name.name, distance: distance(Array(name.lowered.utf8), Array(wanted.utf8)))
        }
        return distances.min { $0.distance < $1.distance }.flatMap { $0.distance <= 2 ? $0.0 : nil }
    }

    /// Returns the Levenshtein distance in bytes.
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (index, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, another) in other.enumerated() {
                let replaced = diagonal + (byte == another ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
