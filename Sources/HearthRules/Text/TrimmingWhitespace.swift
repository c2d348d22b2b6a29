extension StringProtocol {
    /// The text without Unicode white space and byte order marks at both ends, which come with what is copied.
    package func trimmingWhitespace() -> String {
        var rest = Substring(self).unicodeScalars
        while let first = rest.first, first.isTrimmed { rest.removeFirst() }
        while let last = rest.last, last.isTrimmed { rest.removeLast() }
        return String(rest)
    }
}

extension Unicode.Scalar {
    fileprivate var isTrimmed: Bool { properties.isWhitespace || self == "\u{FEFF}" }
}
