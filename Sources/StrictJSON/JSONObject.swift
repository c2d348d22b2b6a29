/// The members of a JSON object, in source order.
///
/// Names are compared byte by byte, as the parser does to detect duplicates: two spellings of "é" are two names.
/// Two objects are equal if they have equal members in the same order.
package struct JSONObject: Sendable, Equatable {
    /// One name and its value.
    package struct Member: Sendable, Equatable {
        package let name: String
        package let value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The members in source order. The parser guarantees that no name occurs twice.
    package let members: [Member]

    package init(_ members: [Member]) {
        self.members = members
    }

    /// The number of members.
    package var count: Int { members.count }

    /// The names in source order.
    package var names: [String] { members.map(\.name) }

    /// The value of the member with that name; nil if there is none (a `null` is `.some(.null)`).
    package subscript(name: String) -> JSONValue? {
        index(ofMember: name).map { members[$0].value }
    }

    /// The index of the member with that name.
    func index(ofMember name: String) -> Int? {
        let count = name.utf8.count
        return members.firstIndex { $0.name.utf8.count == count && $0.name.utf8.elementsEqual(name.utf8) }
    }
}

extension JSONObject: Sequence {
    /// Iterates over the members in source order.
    package func makeIterator() -> AnyIterator<(name: String, value: JSONValue)> {
        var remaining = members.makeIterator()
        return AnyIterator {
            remaining.next().map { ($0.name, $0.value) }
        }
    }

    package var underestimatedCount: Int { members.count }
}
