import StrictJSON

/// The output of an operator command: a JSON object, and the same as text.
package struct Answer: Sendable {
    package let json: String
    package let text: String
    /// Whether the command ran but found problems, such as `doctor`.
    package var isFailure = false

    init(text: String, _ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.object { body(&$0) }
        json = writer.text
        self.text = text
    }
}

/// Why a command cannot be carried out, in words that say what to do.
package struct OperatorRefusal: Error, CustomStringConvertible {
    package let description: String

    init(_ words: String) { description = words }
}
