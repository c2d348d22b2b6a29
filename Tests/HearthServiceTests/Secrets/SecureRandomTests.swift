import Testing

@testable import HearthService

@Suite("Random numbers")
struct SecureRandomTests {
    @Test("as many bytes as were asked for", arguments: [0, 1, 7, 8, 9, 32])
    func count(_ count: Int) {
        #expect(SecureRandom.bytes(count).count == count)
    }

    @Test("no part of a long text of them is left as it was")
    func filled() {
        // Of 8 random bytes all are zero once in 2^64.
        let bytes = SecureRandom.bytes(1_024)
        for start in stride(from: 0, to: bytes.count, by: 8) {
            #expect(bytes[start..<start + 8].contains { $0 != 0 })
        }
    }
}
