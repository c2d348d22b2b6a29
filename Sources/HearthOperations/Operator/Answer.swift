import StrictJSON

/// What a command of the operator answers: one JSON object, and the same for a reader.
package struct Answer: Sendable {
    package let json: String
    package let text: String
    /// The command did its work, and what it found is not well: `doctor`.
    package var isFailure = false

    init(text: String, _ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.object { body(&$0) }
        json = writer.text
        self.text = text
    }
}

/// A command that cannot be carried out, in words that say what to do.
package struct OperatorRefusal: Error, CustomStringConvertible {
    package let description: String

    init(_ words: String) { description = words }
}
