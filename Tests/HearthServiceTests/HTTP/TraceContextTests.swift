import Testing

@testable import HearthWeb

@Suite("Trace context")
struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let span = "b7ad6b7169203331"

    @Test("a valid header goes on as a new span")
    func valid() throws {
        let context = try #require(TraceContext(continuing: "00-\(Self.trace)-\(Self.span)-01", spanID: 1))
        #expect(context.childHeader == "00-\(Self.trace)-0000000000000001-01")
        let unsampled = try #require(TraceContext(continuing: "00-\(Self.trace)-\(Self.span)-fe", spanID: 1))
        #expect(!unsampled.isSampled)
        // A later version may have more fields.
        #expect(TraceContext(continuing: "cc-\(Self.trace)-\(Self.span)-01-what", spanID: 1) != nil)
        #expect(TraceContext(continuing: "cc-\(Self.trace)-\(Self.span)-01", spanID: 1) != nil)
    }

    @Test(
        "anything else is not taken",
        arguments: [
            "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-0", "00-\(trace)-\(span)-01-x",
            "ff-\(trace)-\(span)-01",
            "00-\(trace.uppercased())-\(span)-01", "00-00000000000000000000000000000000-\(span)-01",
            "00-\(trace)-0000000000000000-01",
            "00_\(trace)-\(span)-01", "00-\(trace)-\(span)-0g", "cc-\(trace)-\(span)-01.what", "0 -\(trace)-\(span)-01",
            "00-\(trace.dropLast())ü-\(span)-01",
        ])
    func invalid(header: String) {
        #expect(TraceContext(continuing: header, spanID: 1) == nil)
    }
}
