import Foundation

/// A `$filter` on messages: clauses joined by `and`.
struct MessageFilter: Sendable {
    enum Clause: Sendable {
        case comparison(property: String, operation: String, value: String)
        /// `singleValueExtendedProperties/any(ep: ep/id eq '...' and ep/value eq '...')`
        case extendedProperty(PropertyID, value: String)
    }

    private(set) var clauses: [Clause] = []

    init() {}

    init(_ text: String) throws(GraphFailure) {
        for part in Self.split(text) { clauses.append(try Self.clause(part)) }
    }

    /// The properties in their order, in lower case.
    var properties: [String] {
        clauses.map { clause in
            switch clause {
            case .comparison(let property, _, _): property
            case .extendedProperty: "singlevalueextendedproperties"
            }
        }
    }

    /// Whether it asks for one message by its internet message id.
    var namesMessage: Bool {
        clauses.contains { clause in
            if case .comparison("internetmessageid", "eq", _) = clause { true } else { false }
        }
    }

    func matches(_ message: Message) -> Bool {
        clauses.allSatisfy { clause in
            switch clause {
            case .comparison(let property, let operation, let value):
                Self.holds(property, operation, value, message)
            case .extendedProperty(let id, let value): message.property(id) == value
            }
        }
    }

    static let properties: Set<String> = [
        "isread", "isdraft", "internetmessageid", "conversationid", "subject", "receiveddatetime", "sentdatetime",
        "importance", "from/emailaddress/address",
    ]

    /// The text of a property, by which it is compared and sorted.
    static func value(_ property: String, _ message: Message) -> String {
        switch property.lowercased() {
        case "isread": message.isRead ? "true" : "false"
        case "isdraft": message.isDraft ? "true" : "false"
        case "internetmessageid": message.internetMessageID
        case "conversationid": message.conversationID
        case "subject": message.content.subject
        case "sentdatetime": Timestamp.graph(message.sentAt)
        case "importance": message.content.importance
        case "from/emailaddress/address": message.content.from?.address ?? ""
        default: Timestamp.graph(message.receivedAt)
        }
    }

    // MARK: Reading

    /// Splits at `and`, except inside quotes and parentheses.
    static func split(_ text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var depth = 0
        var isQuoted = false
        var rest = text[...]
        while let character = rest.first {
            if !isQuoted, depth == 0, rest.lowercased().hasPrefix(" and ") {
                parts.append(part)
                part = ""
                rest = rest.dropFirst(" and ".count)
                continue
            }
            switch character {
            case "'": isQuoted.toggle()
            case "(" where !isQuoted: depth += 1
            case ")" where !isQuoted: depth -= 1
            default: break
            }
            part.append(character)
            rest = rest.dropFirst()
        }
        return (parts + [part]).map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// The text between single quotes, with doubled quotes as one.
    static func unquoted(_ text: String) -> String {
        guard text.hasPrefix("'"), text.hasSuffix("'"), text.count >= 2 else { return text }
        return String(text.dropFirst().dropLast()).replacingOccurrences(of: "''", with: "'")
    }

    private static func clause(_ text: String) throws(GraphFailure) -> Clause {
        let prefix = "singlevalueextendedproperties/any("
        if text.lowercased().hasPrefix(prefix), text.hasSuffix(")") {
            return try extendedProperty(String(text.dropFirst(prefix.count).dropLast()), in: text)
        }
        let words = words(text)
        guard words.count == 3, properties.contains(words[0].lowercased()),
            ["eq", "ne", "ge", "gt", "le", "lt"].contains(words[1])
        else { throw .badRequest("Invalid filter clause: '\(text)'.") }
        return .comparison(property: words[0].lowercased(), operation: words[1], value: unquoted(words[2]))
    }

    /// Reads `ep: ep/id eq '...' and ep/value eq '...'`.
    private static func extendedProperty(_ lambda: String, in text: String) throws(GraphFailure) -> Clause {
        let invalid = GraphFailure.badRequest("Invalid filter clause: '\(text)'.")
        guard let colon = lambda.firstIndex(of: ":") else { throw invalid }
        let name = lambda[..<colon].trimmingCharacters(in: .whitespaces)
        var id: PropertyID?
        var value: String?
        for part in split(String(lambda[lambda.index(after: colon)...])) {
            let words = words(part)
            guard words.count == 3, words[1] == "eq" else { throw invalid }
            switch words[0] {
            case "\(name)/id": id = PropertyID(unquoted(words[2]))
            case "\(name)/value": value = unquoted(words[2])
            default: throw invalid
            }
        }
        guard let id, let value else { throw invalid }
        return .extendedProperty(id, value: value)
    }

    /// The property, the operator and the value, which may contain spaces.
    private static func words(_ text: String) -> [String] {
        text.trimmingCharacters(in: .whitespaces)
            .split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func holds(_ property: String, _ operation: String, _ value: String, _ message: Message) -> Bool {
        let left = Self.value(property, message)
        var right = value
        // Dates compare as text once both have the same form.
        if property.hasSuffix("datetime") { right = Timestamp.parse(right).map(Timestamp.graph) ?? right }
        switch operation {
        case "eq": return left.lowercased() == right.lowercased()
        case "ne": return left.lowercased() != right.lowercased()
        case "ge": return left >= right
        case "gt": return left > right
        case "le": return left <= right
        default: return left < right
        }
    }
}
