package import HearthRules

extension Operator {
    /// A text that the operator typed, held to the rules for texts of the API: without white space at both ends, of 1 to
    /// 255 characters, none of them invisible.
    ///
    /// - Parameter subject: what it is, as the beginning of a sentence: "a name".
    package static func text(_ typed: String, subject: String) throws(OperatorRefusal) -> String {
        let text = typed.trimmingWhitespace()
        guard (1...255).contains(text.unicodeScalars.count) else {
            throw OperatorRefusal("\(subject) has 1 to 255 characters")
        }
        if let character = text.refusedCharacter { throw OperatorRefusal("\(subject) \(character.words)") }
        return text
    }

    /// An e-mail address that the operator typed.
    package static func address(_ typed: String, subject: String) throws(OperatorRefusal) -> EmailAddress {
        do {
            return try EmailAddress(typed)
        } catch {
            throw OperatorRefusal("\(subject) \(error.words)")
        }
    }
}
