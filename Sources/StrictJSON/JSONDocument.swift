/// A JSON text that was read: its value, and the bytes it was read from.
package struct JSONDocument: Sendable {
    /// The root, an object or an array.
    package let value: JSONValue
    private let source: [UInt8]

    init(value: JSONValue, source: [UInt8]) {
        self.value = value
        self.source = source
    }

    /// The exact text of the value of one member of the root object, byte for byte as it was sent.
    ///
    /// - Returns: `nil` when the root is not an object or has no such member.
    package func rawText(ofMember name: String) -> String? {
        guard case .object(let object) = value, let index = object.index(ofMember: name) else {
            return nil
        }
        // Members are in source order and no name occurs twice, so the position finds the member whatever escapes
        // its name was written with.
        var scanner = MemberScanner(source)
        return scanner.value(ofMemberAt: index).map { String(decoding: source[$0], as: UTF8.self) }
    }
}
