import Foundation

/// An invalid control request: the field, and why it is invalid.
struct ControlFailure: Error, Sendable {
    var status = 400
    let field: String?
    let message: String
}

/// Reads the JSON object of a control request. Errors name their field; unknown fields are refused, so that a misspelt one
/// is not ignored.
struct ControlFields {
    private let members: [String: JSON]
    private let prefix: String

    init(_ body: Data, allowed: Set<String>) throws(ControlFailure) {
        if body.isEmpty {
            try self.init(.object([:]), allowed: allowed)
            return
        }
        guard let json = try? JSON(parsing: body) else {
            throw ControlFailure(field: nil, message: "The body is not JSON.")
        }
        try self.init(json, allowed: allowed)
    }

    init(_ json: JSON, allowed: Set<String>, prefix: String = "") throws(ControlFailure) {
        guard let members = json.object else {
            throw ControlFailure(field: prefix.isEmpty ? nil : prefix, message: "Must be an object.")
        }
        self.members = members
        self.prefix = prefix
        if let unknown = members.keys.filter({ !allowed.contains($0) }).sorted().first {
            let list = allowed.sorted().joined(separator: ", ")
            throw ControlFailure(field: prefix + unknown, message: "Unknown field; known are \(list).")
        }
    }

    func has(_ name: String) -> Bool { members[name] != nil }

    func string(_ name: String) throws(ControlFailure) -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value.string else { throw wrong(name, "a string") }
        return text
    }

    func required(_ name: String) throws(ControlFailure) -> String {
        guard let text = try string(name), !text.isEmpty else { throw wrong(name, "a non-empty string") }
        return text
    }

    func address(_ name: String) throws(ControlFailure) -> String {
        let text = try required(name)
        guard SimulatorState.domain(of: text) != nil else { throw wrong(name, "an e-mail address") }
        return text
    }

    func bool(_ name: String) throws(ControlFailure) -> Bool? {
        guard let value = present(name) else { return nil }
        guard case .bool(let flag) = value else { throw wrong(name, "true or false") }
        return flag
    }

    func integer(_ name: String, in range: ClosedRange<Int> = 0...Int.max) throws(ControlFailure) -> Int? {
        guard let value = present(name) else { return nil }
        guard case .integer(let number) = value, range.contains(number) else {
            throw wrong(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func number(_ name: String) throws(ControlFailure) -> Double? {
        switch present(name) {
        case nil: return nil
        case .integer(let number): return Double(number)
        case .number(let number): return number
        default: throw wrong(name, "a number")
        }
    }

    func strings(_ name: String) throws(ControlFailure) -> [String]? {
        guard let value = present(name) else { return nil }
        guard let list = value.array else { throw wrong(name, "an array of strings") }
        let texts = list.compactMap(\.string)
        guard texts.count == list.count else { throw wrong(name, "an array of strings") }
        return texts
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) throws(ControlFailure) -> Choice? where Choice.RawValue == String {
        guard let text = try string(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw wrong(name, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    func object(_ name: String) -> JSON? { present(name) }

    func wrong(_ name: String, _ wanted: String) -> ControlFailure {
        ControlFailure(field: prefix + name, message: "Must be \(wanted).")
    }

    /// Treats null like an absent member.
    private func present(_ name: String) -> JSON? {
        members[name].flatMap { $0.isNull ? nil : $0 }
    }
}
