import Testing

@testable import HearthService

@Suite("Random numbers")
struct SecureRandomTests {
    @Test(
        "as many bytes as were asked for, more than the kernel gives at once too",
        arguments: [0, 1, 16, 256, 257, 1_000])
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

    @Test("no number comes twice, whoever asks")
    func distinct() async {
        let numbers = RandomNumbers()
        let drawn = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<8 { group.addTask { (0..<500).map { _ in numbers.next() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(drawn).count == 4_000)
    }
}
