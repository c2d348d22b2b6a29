import Testing

@testable import HearthCore

@Suite("Seeds of links")
struct LinkSeedTests {
    @Test("RFC 5869, test case 3: the first block of what its pseudorandom key expands to")
    func known() throws {
        let key = try bytes("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04")
        let expanded = try bytes("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")
        #expect(LinkSeed(key).derive("", 32) == expanded)
    }

    private func bytes(_ hexadecimal: String) throws -> [UInt8] {
        let digits = Array(hexadecimal)
        return try stride(from: 0, to: digits.count, by: 2).map {
            try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
        }
    }

    @Test("another purpose or another seed gives another secret, the same ones the same")
    func distinct() {
        let one = LinkSeed([UInt8](repeating: 1, count: LinkSeed.length))
        let two = LinkSeed([UInt8](repeating: 2, count: LinkSeed.length))
        #expect(one.derive("state") == LinkSeed(one.bytes).derive("state"))
        #expect(Set([one.derive("state"), one.derive("result"), two.derive("state")]).count == 3)
        #expect(one.derive("state").count == 24)
    }
}
