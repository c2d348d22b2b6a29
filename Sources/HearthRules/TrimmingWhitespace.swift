extension StringProtocol {
    /// The text without Unicode white space at both ends.
    package func trimmingWhitespace() -> String {
        var rest = Substring(self).unicodeScalars
        while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
