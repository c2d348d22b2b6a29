import Foundation
import HTTPTypes

/// What a request wants to see of messages: `$select` and `$expand`, as a delta token keeps them.
struct MessageSelection: Sendable {
    /// In lower case; nil for the default members.
    var names: Set<String>?
    var extendedProperties: [PropertyID] = []
    var hasAttachments = false

    init() {}

    /// - Parameter select: the texts of the query options.
    init(select: String?, expand: String?) throws(GraphFailure) {
        names = select.map { text in
            Set(text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).lowercased() })
        }
        for option in Self.options(expand ?? "") {
            let name = option.prefix { $0 != "(" }.lowercased()
            switch name {
            case "attachments": hasAttachments = true
            case "singlevalueextendedproperties": extendedProperties += try Self.propertyIDs(option)
            default: throw .badRequest("Could not find a property named '\(name)' on type 'microsoft.graph.message'.")
            }
        }
    }

    init(_ query: FormFields) throws(GraphFailure) {
        try self.init(select: query["$select"], expand: query["$expand"])
    }

    /// Splits at commas outside parentheses.
    private static func options(_ text: String) -> [String] {
        var options: [String] = []
        var option = ""
        var depth = 0
        for character in text {
            if character == ",", depth == 0 {
                options.append(option)
                option = ""
                continue
            }
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            option.append(character)
        }
        return (options + [option]).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// The ids in `singleValueExtendedProperties($filter=id eq '...' or id eq '...')`.
    private static func propertyIDs(_ option: String) throws(GraphFailure) -> [PropertyID] {
        let invalid = GraphFailure.badRequest("Invalid expand clause: '\(option)'.")
        guard let equals = option.firstIndex(of: "="), option.hasSuffix(")"),
            option[..<equals].lowercased().hasSuffix("($filter")
        else { throw invalid }
        var ids: [PropertyID] = []
        for part in option[option.index(after: equals)...].dropLast().components(separatedBy: " or ") {
            let words = part.trimmingCharacters(in: .whitespaces).split(separator: " ", maxSplits: 2).map(String.init)
            guard words.count == 3, words[0].lowercased() == "id", words[1] == "eq",
                let id = PropertyID(MessageFilter.unquoted(words[2].trimmingCharacters(in: .whitespaces)))
            else { throw invalid }
            ids.append(id)
        }
        return ids
    }
}

/// How a request wants messages shown: members, kind of ids, kind of body.
struct MessageView: Sendable {
    let isImmutable: Bool
    private let selection: MessageSelection
    private let isBasic: Bool
    private let asText: Bool

    /// Throws if the token does not allow what is selected.
    init(
        _ exchange: Exchange, _ selection: MessageSelection = MessageSelection(), caller: SimulatorState.Caller
    ) throws(GraphFailure) {
        // A search ignores the preference for immutable ids.
        isImmutable = exchange.query["$search"] == nil && exchange.prefers("idtype=\"immutableid\"")
        asText = exchange.prefers("outlook.body-content-type=\"text\"")
        isBasic = !caller.may("Mail.Read", "Mail.ReadWrite")
        self.selection = selection
        if isBasic, !selection.extendedProperties.isEmpty || selection.hasAttachments { throw .accessDenied }
    }

    func members(_ message: Message) -> [String: JSON] {
        var members = message.json(immutable: isImmutable, asText: asText).filter { name, _ in
            if isBasic, Message.notBasic.contains(name) { return false }
            // The id and the ETag are returned even if not selected.
            if let names = selection.names {
                return name == "id" || name == "@odata.etag" || names.contains(name.lowercased())
            }
            return !Message.onlySelected.contains(name)
        }
        let properties = selection.extendedProperties.compactMap { id in
            message.property(id).map { JSON.object(["id": .string(id.text), "value": .string($0)]) }
        }
        if !properties.isEmpty { members["singleValueExtendedProperties"] = .array(properties) }
        if selection.hasAttachments {
            members["attachments"] = .array(
                message.content.attachments.map { .object($0.json(in: message, hasContent: true)) })
        }
        return members
    }

    func entity(_ message: Message, _ exchange: Exchange, status: Int) -> Reply {
        var shown = members(message)
        shown["@odata.context"] = .string("\(exchange.baseURL)/v1.0/$metadata#users('me')/messages/$entity")
        return noting(.json(.object(shown), status: status, type: SimulatorState.graphContentType))
    }

    /// Adds a header with the preferences that were applied.
    func noting(_ reply: Reply, _ others: String...) -> Reply {
        var applied = others
        if isImmutable { applied.append("IdType=\"ImmutableId\"") }
        if asText { applied.append("outlook.body-content-type=\"text\"") }
        return applied.isEmpty ? reply : reply.adding("Preference-Applied", applied.joined(separator: ", "))
    }
}

extension Exchange {
    /// Whether a `Prefer` header contains the preference, given in lower case.
    func prefers(_ preference: String) -> Bool {
        preferences.contains(preference)
    }

    /// All `Prefer` headers in lower case, joined by commas.
    var preferences: String {
        headers[values: .prefer].joined(separator: ",").lowercased()
    }
}

extension HTTPField.Name {
    // Valid by its letters; the fallback only spares a forced unwrapping.
    fileprivate static let prefer = HTTPField.Name("Prefer") ?? .accept
}
