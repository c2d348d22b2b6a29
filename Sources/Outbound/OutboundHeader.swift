/// One header field of a request or a response.
package struct OutboundHeader: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The reason why the field must not be sent; nil if it may be.
    ///
    /// Names are tokens (RFC 9110, 5.6.2); values contain no control characters except tabs. Fields that frame the message
    /// are set by the client only, because a caller's value could end the request early.
    var problem: String? {
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenCharacter) else { return "a header name is not valid" }
        let isPlain = value.utf8.allSatisfy { byte in byte == 0x09 || (byte >= 0x20 && byte != 0x7F) }
        guard isPlain else { return "the value of header \(name) contains a control character" }
        return Self.reservedNames.contains(name.lowercased()) ? "header \(name) is set by the client itself" : nil
    }

    private static let reservedNames: Set<String> = [
        "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
