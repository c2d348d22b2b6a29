import Configuration
import Foundation

/// Reads `HEARTH_…` variables and collects all problems, each with the name of its variable.
struct SettingsReader {
    private let configuration: ConfigReader
    private(set) var problems: [String] = []

    init(_ configuration: ConfigReader) {
        self.configuration = configuration
    }

    /// Reads a trimmed value, from the variable or from the file that `<name>_FILE` names; nil if empty or not set.
    mutating func text(_ name: String) -> String? {
        if let value = lookUp(name) { return value }
        guard let path = lookUp(name + "_FILE") else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            problem(name + "_FILE", "names \(path), which cannot be read")
            return nil
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? nil : text
    }

    /// Reads a value that is reread when its file changes; nil if not set.
    mutating func watched(_ name: String) -> WatchedValue? {
        guard let text = text(name) else { return nil }
        guard lookUp(name) == nil, let path = lookUp(name + "_FILE") else { return WatchedValue(text) }
        return WatchedValue(text, of: path)
    }

    mutating func required(_ name: String) -> String {
        if let value = text(name) { return value }
        problem(name, "is not set")
        return ""
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>, default standard: Int) -> Int {
        guard let text = text(name) else { return standard }
        guard let value = Int(text), range.contains(value) else {
            problem(name, "must be a number between \(range.lowerBound) and \(range.upperBound)")
            return standard
        }
        return value
    }

    mutating func flag(_ name: String) -> Bool {
        switch text(name) {
        case nil, "false": return false
        case "true": return true
        default:
            problem(name, "must be true or false")
            return false
        }
    }

    mutating func problem(_ name: String, _ words: String) {
        problems.append("\(name) \(words)")
    }

    private func lookUp(_ name: String) -> String? {
        let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
        let value = configuration.string(forKey: key, isSecret: true)?
            .trimmingCharacters(in: .whitespacesAndNewlines)
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// The reasons why the service does not start: all invalid variables with their problems.
package struct SettingsProblem: Error, CustomStringConvertible {
    package let problems: [String]

    package init(problems: [String]) {
        self.problems = problems
    }
    package var description: String { problems.joined(separator: "\n") }
}
