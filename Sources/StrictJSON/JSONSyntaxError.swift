/// Why a text is not accepted as JSON, and where.
///
/// It never contains any of the input, so it can be logged and returned to the sender.
package struct JSONSyntaxError: Error, Equatable {
    /// The possible reasons, with our own texts.
    package enum Reason: String, Sendable, CaseIterable {
        /// Empty, or only white space.
        case empty = "the text is empty"
        /// Any other syntax error, a root that is neither object nor array, or a lone surrogate escape.
        case notJSON = "the text is not valid JSON"
        case duplicateKey = "an object has the same name twice"
        case tooDeep = "arrays and objects are nested too deeply"
        case invalidUTF8 = "the text is not valid UTF-8"
        /// A NUL character, raw or as `\u0000`. PostgreSQL cannot store it in a text value.
        case nulCharacter = "the text contains a NUL character"
        /// An integer beyond 64 bits or a number beyond the range of a double.
        case numberTooLarge = "a number is too large"
        case trailingBytes = "something follows the end of the JSON text"
    }

    package let reason: Reason
    /// The line, counted from 1.
    package let line: Int
    /// The column in Unicode scalars, counted from 1.
    package let column: Int
    /// The offset in bytes, counted from 0, at which parsing stopped: at or just after the fault.
    package let position: Int

    /// Calculates line and column from a byte offset.
    init(_ reason: Reason, at position: Int, in bytes: UnsafeRawBufferPointer) {
        let position = min(max(position, 0), bytes.count)
        var line = 1
        var column = 1
        for byte in bytes[..<position] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.reason = reason
        self.line = line
        self.column = column
        self.position = position
    }
}

extension JSONSyntaxError: CustomStringConvertible {
    package var description: String {
        "\(reason.rawValue) (line \(line), column \(column))"
    }
}
