import HTTPTypes

/// The position of this work in a distributed trace: W3C Trace Context, level 1.
///
/// A small type of our own, because swift-distributed-tracing does nothing without a backend. It is bound to the task for
/// the duration of a request (``current``); outgoing requests carry ``childHeader``.
package struct TraceContext: Sendable, Equatable {
    @TaskLocal package static var current: TraceContext?

    /// 32 hexadecimal digits, lower case, not all zero.
    let traceID: String
    /// Our own span, 16 hexadecimal digits, not all zero.
    let spanID: String
    let isSampled: Bool

    /// Starts a new trace.
    init(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64, isSampled: Bool) {
        traceID = Hexadecimal.text(of: traceHigh) + Hexadecimal.text(of: traceLow)
        self.spanID = Hexadecimal.text(of: spanID)
        self.isSampled = isSampled
    }

    private init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// Continues the caller's trace with a new span. Returns nil unless the header is valid by section 3.2.
    ///
    /// Later versions may have more after the flags; version 00 may not, and version ff is forbidden.
    init?(continuing header: String, spanID: UInt64) {
        let bytes = Array(header.utf8)
        guard bytes.count >= 55, bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
            let version = Self.byte(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || (version > 0 && bytes[55] == Self.dash),
            Self.isIdentifier(bytes[3..<35]), Self.isIdentifier(bytes[36..<52]),
            let flags = Self.byte(bytes[53..<55])
        else { return nil }
        self.init(
            traceID: String(decoding: bytes[3..<35], as: UTF8.self), spanID: Hexadecimal.text(of: spanID),
            isSampled: flags & 1 == 1)
    }

    /// The value of `traceparent` for an outgoing request. We record no spans, so it names our span as the parent.
    package var childHeader: String {
        "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")"
    }

    private static let dash = UInt8(ascii: "-")

    private static func isIdentifier(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy(isLowerHexadecimal) && bytes.contains { $0 != UInt8(ascii: "0") }
    }

    private static func byte(_ bytes: ArraySlice<UInt8>) -> UInt8? {
        guard bytes.allSatisfy(isLowerHexadecimal) else { return nil }
        return bytes.reduce(0) { $0 << 4 | ($1.hexadecimalDigit ?? 0) }
    }

    private static func isLowerHexadecimal(_ byte: UInt8) -> Bool {
        byte.hexadecimalDigit != nil && !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
    }
}
