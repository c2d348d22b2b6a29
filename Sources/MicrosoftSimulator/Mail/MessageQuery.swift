import Foundation

/// The query options of a message list. A `$` may have arrived as `%24`; it is decoded by now.
struct MessageQuery: Sendable {
    private struct Order: Sendable {
        let property: String
        let isDescending: Bool
    }

    let top: Int
    let skip: Int
    let filter: MessageFilter
    let wantsCount: Bool
    private let search: MessageSearch?
    private let order: [Order]

    init(_ fields: FormFields) throws(GraphFailure) {
        top = try Self.number(fields, "$top", default: 10, range: 1...1000)
        skip = try Self.number(fields, "$skip", default: 0, range: 0...Int.max)
        filter = try fields["$filter"].map { text throws(GraphFailure) in try MessageFilter(text) } ?? MessageFilter()
        order = try fields["$orderby"].map { text throws(GraphFailure) in try Self.orders(text) } ?? []
        wantsCount = fields["$count"]?.lowercased() == "true"
        search = fields["$search"].map(MessageSearch.init)
        if search != nil, !filter.clauses.isEmpty {
            throw GraphFailure(
                400, "SearchWithFilter", "The query parameter '$filter' is not supported with '$search'.")
        }
        if search != nil, !order.isEmpty {
            throw GraphFailure(
                400, "SearchWithOrderBy", "The query parameter '$orderBy' is not supported with '$search'.")
        }
        // The filter must begin with the properties of the order, in the same order.
        let filtered = filter.properties
        if !filtered.isEmpty, !filtered.starts(with: order.map(\.property)) { throw .inefficientFilter }
    }

    /// Whether a message belongs to the list. Hidden ones do only if they are searched, or named by their internet message id.
    func finds(_ message: Message) -> Bool {
        if let search { return search.matches(message) }
        return filter.matches(message) && (!message.isHidden || filter.namesMessage)
    }

    /// Newest first unless asked otherwise.
    func sorted(_ messages: [Message]) -> [Message] {
        let order = order.first ?? Order(property: "receivedDateTime", isDescending: true)
        let keyed = messages.enumerated().map {
            ($0.offset, MessageFilter.value(order.property, $0.element), $0.element)
        }
        return keyed.sorted { first, second in
            let (left, right) = (first.1, second.1)
            if left == right { return order.isDescending ? first.0 > second.0 : first.0 < second.0 }
            return order.isDescending ? left > right : left < right
        }.map(\.2)
    }

    static func number(
        _ fields: FormFields, _ name: String, default fallback: Int, range: ClosedRange<Int>
    ) throws(GraphFailure) -> Int {
        guard let text = fields[name] else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw .badRequest("Invalid value '\(text)' for \(name) query option found.")
        }
        return value
    }

    private static func orders(_ text: String) throws(GraphFailure) -> [Order] {
        var list: [Order] = []
        for part in text.split(separator: ",") {
            let words = part.split(separator: " ").map { $0.lowercased() }
            guard let property = words.first, MessageFilter.properties.contains(property), words.count <= 2,
                [nil, "asc", "desc"].contains(words.dropFirst().first)
            else { throw .badRequest("Invalid orderby clause: '\(part)'.") }
            list.append(Order(property: property, isDescending: words.last == "desc"))
        }
        return list
    }
}
