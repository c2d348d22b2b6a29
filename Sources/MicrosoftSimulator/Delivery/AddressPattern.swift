/// An address, or a domain with all its addresses, as a rule of a test names it.
package struct AddressPattern: Sendable, Equatable {
    /// In lower case; a domain has no `@`.
    package let text: String

    /// - Parameter text: `ana@contoso.test`, `contoso.test` or `@contoso.test`.
    package init(_ text: String) {
        let lower = text.lowercased()
        self.text = lower.hasPrefix("@") ? String(lower.dropFirst()) : lower
    }

    func matches(_ address: String) -> Bool {
        let lower = address.lowercased()
        return text.contains("@") ? lower == text : lower.hasSuffix("@\(text)")
    }
}
