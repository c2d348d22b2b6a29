package import HearthRules
import StrictJSON

extension Fields {
    /// Reads a string and trims it. Invisible characters and those that change the direction of text are problems.
    ///
    /// - Parameter length: the length after trimming in Unicode scalars, which PostgreSQL counts too. If it must not be
    ///   empty, an empty string counts as absent, because forms send empty fields for missing values.
    package mutating func string(
        _ name: String, or aliases: String?..., required: Bool = false, length: ClosedRange<Int> = 1...255
    ) -> String? {
        guard let found = find(name, or: aliases, required: required) else { return nil }
        guard let text = found.value.asString?.trimmingWhitespace() else {
            problem(found.name, "must be a string")
            return nil
        }
        if text.isEmpty, required || length.lowerBound > 0 {
            if required { problem(found.name, "is required") }
            return nil
        }
        guard isReadable(text, field: found.name) else { return nil }
        guard length.contains(text.unicodeScalars.count) else {
            problem(found.name, Self.words(forLength: length))
            return nil
        }
        return text
    }

    /// Reads a text of several lines, unchanged. Only the control characters that PostgreSQL or a mail cannot contain are
    /// problems.
    ///
    /// - Parameter limit: the maximum length in bytes.
    package mutating func text(
        _ name: String, or aliases: String?..., required: Bool = false, limit: Int
    ) -> String? {
        guard let found = find(name, or: aliases, required: required) else { return nil }
        guard let text = found.value.asString else {
            problem(found.name, "must be a string")
            return nil
        }
        if text.isEmpty {
            if required { problem(found.name, "is required") }
            return nil
        }
        guard text.utf8.count <= limit else {
            problem(found.name, "must be at most \(limit) bytes")
            return nil
        }
        let allowed: Set<UInt8> = [0x09, 0x0A, 0x0D]
        guard text.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || allowed.contains($0) }) else {
            problem(found.name, "must not contain control characters other than tabs and line breaks")
            return nil
        }
        return text
    }

    /// Reads an enumeration value, spelled exactly.
    package mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, or aliases: String?..., required: Bool = false, as type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        guard let found = find(name, or: aliases, required: required) else { return nil }
        let text = found.value.asString?.trimmingWhitespace()
        if text?.isEmpty == true {
            if required { problem(found.name, "is required") }
            return nil
        }
        guard let choice = text.flatMap(Choice.init(rawValue:)) else {
            let allowed = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            problem(found.name, "must be one of \(allowed)")
            return nil
        }
        return choice
    }

    /// Reads a list of strings: an array, or one string with commas, of which empty elements are dropped.
    ///
    /// - Parameters:
    ///   - count: the allowed number of elements.
    ///   - length: the length of each after trimming, in Unicode scalars.
    package mutating func list(
        _ name: String, or aliases: String?..., required: Bool = false, count: ClosedRange<Int> = 0...100,
        length: ClosedRange<Int> = 1...255
    ) -> [String]? {
        guard let found = find(name, or: aliases, required: required, isList: true) else { return nil }
        let elements: [JSONValue]
        switch found.value {
        case .array(let values): elements = values
        case .string(let text):
            elements = text.split(separator: ",").map { $0.trimmingWhitespace() }.filter { !$0.isEmpty }
                .map(JSONValue.string)
        default:
            problem(found.name, "must be a list, or a string with commas")
            return nil
        }
        guard count.contains(elements.count) else {
            problem(found.name, "must have \(count.lowerBound) to \(count.upperBound) elements")
            return nil
        }
        let problemsBefore = problems.count
        let texts = elements.enumerated().compactMap { index, element in
            listElement(element, field: "\(found.name)[\(index)]", length: length)
        }
        return problems.count == problemsBefore ? texts : nil
    }

    private mutating func listElement(_ element: JSONValue, field: String, length: ClosedRange<Int>) -> String? {
        guard let text = element.asString?.trimmingWhitespace() else {
            problem(field, "must be a string")
            return nil
        }
        guard isReadable(text, field: field) else { return nil }
        guard length.contains(text.unicodeScalars.count) else {
            problem(field, Self.words(forLength: length))
            return nil
        }
        return text
    }

    private mutating func isReadable(_ text: String, field: String) -> Bool {
        guard let character = text.refusedCharacter else { return true }
        problem(field, character.words)
        return false
    }

    private static func words(forLength length: ClosedRange<Int>) -> String {
        length.lowerBound == 0
            ? "must be at most \(length.upperBound) characters"
            : "must be \(length.lowerBound) to \(length.upperBound) characters"
    }
}

extension Fields {
    /// Reads an e-mail address.
    ///
    /// - Returns: nil if it is absent or blank.
    package mutating func address(_ name: String, or alias: String? = nil, required: Bool = false) -> EmailAddress? {
        guard let text = string(name, or: alias, required: required, length: 0...1_000) else { return nil }
        if text.isEmpty, !required { return nil }
        do {
            return try EmailAddress(text)
        } catch {
            problem(name, error.words)
            return nil
        }
    }
}
