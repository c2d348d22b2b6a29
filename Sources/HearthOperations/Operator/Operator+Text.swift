package import HearthRules

extension Operator {
    /// Trims text typed by the operator and applies the API's rules for text: 1 to 255 characters, none of them invisible.
    ///
    /// - Parameter subject: the start of an error message, such as "a name".
    package static func text(_ typed: String, subject: String) throws(OperatorRefusal) -> String {
        let text = typed.trimmingWhitespace()
        guard (1...255).contains(text.unicodeScalars.count) else {
            throw OperatorRefusal("\(subject) must have 1 to 255 characters")
        }
        if let character = text.refusedCharacter { throw OperatorRefusal("\(subject) \(character.words)") }
        return text
    }

    /// Parses an e-mail address typed by the operator.
    package static func address(_ typed: String, subject: String) throws(OperatorRefusal) -> EmailAddress {
        do {
            return try EmailAddress(typed)
        } catch {
            throw OperatorRefusal("\(subject) \(error.words)")
        }
    }
}
