import Foundation

/// The query options of a message list. A `$` may have arrived as `%24`; it is decoded by now.
struct MessageQuery: Sendable {
    struct Comparison: Sendable {
        let property: String
        let operation: String
        let value: String
    }

    struct Order: Sendable {
        let property: String
        let isDescending: Bool
    }

    let top: Int
    let skip: Int
    let select: [String]?
    let filter: [Comparison]
    let order: [Order]
    let wantsCount: Bool

    init(_ fields: FormFields) throws(GraphFailure) {
        top = try Self.number(fields, "$top", default: 10, range: 1...1000)
        skip = try Self.number(fields, "$skip", default: 0, range: 0...Int.max)
        select = fields["$select"]?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        filter = try fields["$filter"].map { text throws(GraphFailure) in try Self.comparisons(text) } ?? []
        order = try fields["$orderby"].map { text throws(GraphFailure) in try Self.orders(text) } ?? []
        wantsCount = fields["$count"]?.lowercased() == "true"
        // The filter must begin with the properties of the order, in the same order.
        let filtered = filter.map(\.property)
        if !filter.isEmpty, !filtered.starts(with: order.map(\.property)) { throw .inefficientFilter }
    }

    func matches(_ message: Message) -> Bool {
        filter.allSatisfy { Self.holds($0, message) }
    }

    /// Newest first unless asked otherwise.
    func sorted(_ messages: [Message]) -> [Message] {
        let order = order.first ?? Order(property: "receivedDateTime", isDescending: true)
        let indexed = Array(messages.enumerated())
        return indexed.sorted { first, second in
            let left = Self.value(order.property, first.element)
            let right = Self.value(order.property, second.element)
            let (lower, upper) = order.isDescending ? (right, left) : (left, right)
            if lower == upper {
                return order.isDescending ? first.offset > second.offset : first.offset < second.offset
            }
            return lower < upper
        }.map(\.element)
    }

    private static func number(
        _ fields: FormFields, _ name: String, default fallback: Int, range: ClosedRange<Int>
    ) throws(GraphFailure) -> Int {
        guard let text = fields[name] else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw .badRequest("Invalid value '\(text)' for \(name) query option found.")
        }
        return value
    }

    private static let properties: Set<String> = [
        "isread", "isdraft", "internetmessageid", "conversationid", "subject", "receiveddatetime", "sentdatetime",
        "importance", "from/emailaddress/address",
    ]

    private static func comparisons(_ text: String) throws(GraphFailure) -> [Comparison] {
        var list: [Comparison] = []
        for part in text.components(separatedBy: " and ") {
            let words = part.trimmingCharacters(in: .whitespaces)
                .split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true).map(String.init)
            guard words.count == 3, properties.contains(words[0].lowercased()),
                ["eq", "ne", "ge", "gt", "le", "lt"].contains(words[1])
            else { throw .badRequest("Invalid filter clause: '\(part)'.") }
            var value = words[2].trimmingCharacters(in: .whitespaces)
            if value.hasPrefix("'"), value.hasSuffix("'"), value.count >= 2 {
                value = String(value.dropFirst().dropLast()).replacingOccurrences(of: "''", with: "'")
            }
            list.append(Comparison(property: words[0].lowercased(), operation: words[1], value: value))
        }
        return list
    }

    private static func orders(_ text: String) throws(GraphFailure) -> [Order] {
        var list: [Order] = []
        for part in text.split(separator: ",") {
            let words = part.split(separator: " ").map { $0.lowercased() }
            guard let property = words.first, properties.contains(property), words.count <= 2,
                [nil, "asc", "desc"].contains(words.dropFirst().first)
            else { throw .badRequest("Invalid orderby clause: '\(part)'.") }
            list.append(Order(property: property, isDescending: words.last == "desc"))
        }
        return list
    }

    private static func holds(_ comparison: Comparison, _ message: Message) -> Bool {
        let left = value(comparison.property, message)
        var right = comparison.value
        // Dates compare as text once both have the same form.
        if comparison.property.hasSuffix("datetime") { right = Timestamp.parse(right).map(Timestamp.graph) ?? right }
        switch comparison.operation {
        case "eq": return left.lowercased() == right.lowercased()
        case "ne": return left.lowercased() != right.lowercased()
        case "ge": return left >= right
        case "gt": return left > right
        case "le": return left <= right
        default: return left < right
        }
    }

    private static func value(_ property: String, _ message: Message) -> String {
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
}
