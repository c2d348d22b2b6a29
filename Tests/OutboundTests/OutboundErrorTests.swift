import Outbound
import Testing

@Suite("Whose fault it is")
struct OutboundErrorTests {
    @Test(
        "busy, stopping, cancelled and out of memory are this process's own",
        arguments: [
            OutboundError.busy, .shuttingDown, .cancelled, .timeout(.waiting), .tls(.localSettings), .other(code: 27),
            .other(code: 2),
        ])
    func ours(error: OutboundError) { #expect(error.isOurs) }

    @Test(
        "everything else says something of the server",
        arguments: [
            OutboundError.unresolved, .connectFailed, .timeout(.resolving), .timeout(.connecting), .timeout(.securing),
            .timeout(.responding), .tls(.handshakeFailed), .tls(.untrusted), .tls(.expired), .tls(.wrongHost),
            .connectionLost, .responseTooLarge, .headersTooLarge, .malformedResponse, .other(code: 56),
            .refusedByPolicy(address: nil, reason: "r"), .invalidRequest("w"),
        ])
    func theirs(error: OutboundError) { #expect(!error.isOurs) }
}
