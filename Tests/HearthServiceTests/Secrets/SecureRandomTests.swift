import Testing

@testable import HearthCore

@Suite("Random numbers")
struct SecureRandomTests {
    @Test("as many bytes as were asked for", arguments: [0, 1, 7, 8, 9, 32])
    func count(_ count: Int) {
        #expect(SecureRandom.bytes(count).count == count)
    }

    @Test("none of them is left as it was")
    func filled() {
        // The probability that a byte is zero in all 32 draws is 2^-256.
        let draws = (0..<32).map { _ in SecureRandom.bytes(13) }
        for place in 0..<13 { #expect(draws.contains { $0[place] != 0 }) }
    }
}
