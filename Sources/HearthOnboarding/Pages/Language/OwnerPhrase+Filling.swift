package import HearthWeb

extension OwnerPhrase {
    /// The phrase with its names in place.
    ///
    /// - Parameter values: by the name in braces. They are taken as they are: what looks like a name in braces within
    ///   one is not filled in.
    package func text(in language: Language, filling values: [String: String]) -> String {
        var filled = ""
        var rest = text(in: language)[...]
        while let opening = rest.firstIndex(of: "{"), let closing = rest[opening...].firstIndex(of: "}") {
            filled += rest[..<opening]
            let name = String(rest[rest.index(after: opening)..<closing])
            filled += values[name].map(Self.isolated) ?? String(rest[opening...closing])
            rest = rest[rest.index(after: closing)...]
        }
        return filled + rest
    }

    /// A name that is read from right to left must not turn the sentence around it (UAX #9, first strong isolate).
    private static func isolated(_ name: String) -> String {
        let turns = name.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0x0590...0x08FF, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFB1D...0xFDFF, 0xFE70...0xFEFF,
                0x10800...0x10FFF, 0x1E800...0x1EFFF:
                true
            default: false
            }
        }
        return turns ? "\u{2068}\(name)\u{2069}" : name
    }
}
