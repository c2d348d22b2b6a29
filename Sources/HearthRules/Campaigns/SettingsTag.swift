/// The entity tag of a campaign's settings (RFC 9110, section 8.8.3). It only changes with the settings: a campaign that
/// starts or pauses keeps its tag.
package struct SettingsTag: Sendable, Equatable {
    package let version: Int

    package init(version: Int) {
        self.version = version
    }

    package var text: String { "\"\(version)\"" }

    package enum Problem: Error, Sendable, Equatable {
        /// The header is not a list of entity tags.
        case malformed
    }

    /// Whether `If-Match` allows a change: it is `*`, or one of its tags matches this one by strong comparison (section
    /// 8.8.3.2), which a weak tag never does.
    package func satisfies(ifMatch header: String) throws(Problem) -> Bool {
        if header.split(separator: " ").elementsEqual(["*"]) { return true }
        var tags = 0
        var found = false
        var rest = header.utf8[...]
        while true {
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") }
            if rest.isEmpty { break }
            let isWeak = rest.starts(with: Array("W/".utf8))
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == UInt8(ascii: "\""),
                let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\""))
            else { throw .malformed }
            tags += 1
            found = found || (!isWeak && rest[...end].elementsEqual(text.utf8))
            rest = rest[rest.index(after: end)...].drop { $0 == 0x20 || $0 == 0x09 }
            guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { throw .malformed }
        }
        if tags == 0 { throw .malformed }
        return found
    }
}
