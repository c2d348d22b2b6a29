import Outbound
import Testing

@Suite("Errors of this process and of the server")
struct OutboundErrorTests {
    @Test(
        "busy, stopping, cancelled and out of memory are errors of this process",
        arguments: [
            OutboundError.busy, .shuttingDown, .cancelled, .timeout(.waiting), .tls(.localSettings), .other(code: 27),
            .other(code: 2),
        ])
    func ours(error: OutboundError) { #expect(error.isOurs) }

    @Test(
        "all others are errors of the server",
        arguments: [
            OutboundError.unresolved, .connectFailed, .timeout(.resolving), .timeout(.connecting), .timeout(.securing),
            .timeout(.responding), .tls(.handshakeFailed), .tls(.untrusted), .tls(.expired), .tls(.wrongHost),
            .connectionLost, .responseTooLarge, .headersTooLarge, .malformedResponse, .other(code: 56),
            .refusedByPolicy(address: nil, reason: "r"), .invalidRequest("w"),
        ])
    func theirs(error: OutboundError) { #expect(!error.isOurs) }
}
