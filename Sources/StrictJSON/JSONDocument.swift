/// A parsed JSON text: its value, and the bytes it was parsed from.
package struct JSONDocument: Sendable {
    /// The root, an object or an array.
    package let value: JSONValue
    private let source: [UInt8]

    init(value: JSONValue, source: [UInt8]) {
        self.value = value
        self.source = source
    }

    /// Returns the exact text of a member of the root object, byte for byte as it was sent.
    ///
    /// - Returns: nil if the root is not an object or has no such member.
    package func rawText(ofMember name: String) -> String? {
        guard case .object(let object) = value, let index = object.index(ofMember: name) else {
            return nil
        }
        // Members are in source order and no name occurs twice, so the index identifies the member, whatever escapes its name
        // was written with.
        var scanner = MemberScanner(source)
        return scanner.value(ofMemberAt: index).map { String(decoding: source[$0], as: UTF8.self) }
    }
}
