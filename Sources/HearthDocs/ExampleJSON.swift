import Yams

/// Formats an example from openapi.yaml as JSON with two spaces per level, in document order.
enum ExampleJSON {
    static func text(_ node: Node, indent: String = "") -> String {
        let inner = indent + "  "
        if let mapping = node.mapping {
            let members = mapping.map { "\(inner)\(quoted($0.key.string ?? "")): \(text($0.value, indent: inner))" }
            return members.isEmpty ? "{}" : "{\n\(members.joined(separator: ",\n"))\n\(indent)}"
        }
        if let sequence = node.sequence {
            let elements = sequence.map { text($0, indent: inner) }
            let line = "[\(elements.joined(separator: ", "))]"
            if !line.contains("\n"), line.utf8.count < 80 { return line }
            return "[\n\(elements.map { inner + $0 }.joined(separator: ",\n"))\n\(indent)]"
        }
        return scalar(node)
    }

    /// Follows the core schema of YAML 1.2: a quoted scalar is always a string.
    private static func scalar(_ node: Node) -> String {
        guard let scalar = node.scalar else { return "null" }
        guard scalar.style == .plain || scalar.style == .any else { return quoted(scalar.string) }
        if node.null != nil { return "null" }
        if let bool = node.bool { return bool ? "true" : "false" }
        if node.int != nil || node.float != nil { return scalar.string }
        return quoted(scalar.string)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"", "\\": quoted += "\\" + String(character)
            case "\n": quoted += "\\n"
            default: quoted.unicodeScalars.append(character)
            }
        }
        return quoted + "\""
    }
}
