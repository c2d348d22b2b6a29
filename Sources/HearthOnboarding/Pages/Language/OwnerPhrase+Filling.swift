package import HearthWeb

extension OwnerPhrase {
    /// Returns the phrase with its placeholders filled in.
    ///
    /// - Parameter values: by the name of the placeholder. Placeholders inside a value are not filled in.
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

    /// Isolates a name that is written from right to left, so that it does not reorder the sentence around it (UAX #9, first
    /// strong isolate).
    private static func isolated(_ name: String) -> String {
        let isRightToLeft = name.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0x0590...0x08FF, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFB1D...0xFDFF, 0xFE70...0xFEFF,
                0x10800...0x10FFF, 0x1E800...0x1EFFF:
                true
            default: false
            }
        }
        return isRightToLeft ? "\u{2068}\(name)\u{2069}" : name
    }
}
