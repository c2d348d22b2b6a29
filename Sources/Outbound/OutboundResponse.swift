/// The answer to a request, whatever its status; redirects are not followed.
package struct OutboundResponse: Sendable {
    /// The time until the end of each phase, counted from the start of the transfer. On a reused connection the first three
    /// are about zero.
    package struct Timings: Sendable {
        package let nameLookup: Duration
        package let connect: Duration
        package let tls: Duration
        package let firstByte: Duration
        package let total: Duration
    }

    package let status: Int
    /// The body, at most `maximumResponseBytes` of it.
    package let body: [UInt8]
    /// Whether the body was longer than the part that was kept.
    package let isTruncated: Bool
    package let timings: Timings
    /// The address that answered; the proxy's if there is one.
    package let remoteAddress: String?
    /// The received header section without the status line; lines end in LF.
    private let head: [UInt8]

    init(
        status: Int, head: [UInt8], body: [UInt8], isTruncated: Bool, timings: Timings, remoteAddress: String?
    ) {
        self.status = status
        self.head = head
        self.body = body
        self.isTruncated = isTruncated
        self.timings = timings
        self.remoteAddress = remoteAddress
    }

    /// The header fields in the order of the response, including repeated ones. Bytes that are not UTF-8 are replaced.
    package var headers: [OutboundHeader] {
        var headers: [OutboundHeader] = []
        for line in head.split(separator: 0x0A) {
            let isContinuation = line.first == 0x20 || line.first == 0x09
            if isContinuation, let last = headers.popLast() {
                // Obsolete line folding (RFC 9112, 5.2), which a recipient may replace with a space.
                headers.append(OutboundHeader(last.name, last.value + " " + Self.trimmed(line)))
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let name = String(decoding: line[..<colon], as: UTF8.self)
                headers.append(OutboundHeader(name, Self.trimmed(line[(colon + 1)...])))
            }
        }
        return headers
    }

    /// Returns the value of the first field with that name, ignoring case.
    package func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        var bytes = bytes
        while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
