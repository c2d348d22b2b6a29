package import FoundationEssentials
import HearthRules
import StrictJSON

extension Fields {
    /// Reads an integer: `22`, `384.0`, or either as a string.
    package mutating func integer(
        _ name: String, or aliases: String?..., required: Bool = false, in range: ClosedRange<Int>
    ) -> Int? {
        guard let found = find(name, or: aliases, required: required) else { return nil }
        if isBlank(found.value) {
            if required { problem(found.name, "is required") }
            return nil
        }
        let number = found.value.asString.map(Self.integer(in:)) ?? found.value.asInteger
        guard let number else {
            problem(found.name, "must be an integer between \(range.lowerBound) and \(range.upperBound)")
            return nil
        }
        guard let value = Int(exactly: number), range.contains(value) else {
            problem(found.name, "must be between \(range.lowerBound) and \(range.upperBound)")
            return nil
        }
        return value
    }

    /// Reads a boolean: `true`, `false`, `1`, `0`, or one of these as a string in any case.
    package mutating func boolean(_ name: String, or aliases: String?..., required: Bool = false) -> Bool? {
        guard let found = find(name, or: aliases, required: required) else { return nil }
        if isBlank(found.value) {
            if required { problem(found.name, "is required") }
            return nil
        }
        if let value = found.value.asBool { return value }
        let text = found.value.asString?.trimmingWhitespace().lowercased() ?? found.value.asInteger.map { String($0) }
        switch text {
        case "true", "1": return true
        case "false", "0": return false
        default:
            problem(found.name, "must be true or false")
            return nil
        }
    }

    /// Reads a time in RFC 3339.
    package mutating func timestamp(_ name: String, or aliases: String?..., required: Bool = false) -> Date? {
        guard let found = find(name, or: aliases, required: required) else { return nil }
        if isBlank(found.value) {
            if required { problem(found.name, "is required") }
            return nil
        }
        guard let date = (found.value.asString?.trimmingWhitespace()).flatMap(RFC3339.parse) else {
            problem(found.name, "must be a time in RFC 3339, such as 2026-11-21T01:02:03Z")
            return nil
        }
        return date
    }

    /// Whether a value is an empty string, which forms send for empty fields.
    private func isBlank(_ value: JSONValue) -> Bool {
        value.asString?.trimmingWhitespace().isEmpty ?? false
    }

    /// Parses an integer, optionally with a fraction of zeros.
    private static func integer(in text: String) -> Int64? {
        var digits = Substring(text.trimmingWhitespace())
        if let point = digits.firstIndex(of: ".") {
            let fraction = digits[point...].dropFirst()
            guard !fraction.isEmpty, fraction.allSatisfy({ $0 == "0" }) else { return nil }
            digits = digits[..<point]
        }
        return Int64(digits)
    }
}
