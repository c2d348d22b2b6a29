extension StringProtocol {
    /// Removes Unicode white space and byte order marks, which copied text often has, from both ends.
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
