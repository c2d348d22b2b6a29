import StrictJSON
import TestSupport
import Testing

@Suite("Random input")
struct RandomBytesTests {
    /// Fragments that reach deeper into the grammar than random bytes.
    private static let pieces: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d800", "0000", "-", "1", "e", ".", "null", "true",
            "\"a\":", " ", "\n",
        ]
        .map { Array($0.utf8) } + [[0x00], [0xC3, 0xA9], [0xFF], [0xF0, 0x9F], [0xEF, 0xBB, 0xBF]]

    @Test(
        "200,000 random inputs are parsed without a crash, and accepted ones survive a round trip",
        .timeLimit(.minutes(5)))
    func neverCrashes() async throws {
        var random = SeededRandom(seed: 2026)
        let parser = JSONParser()
        var accepted = 0
        for round in 0..<200_000 {
            await Task.yield()
            let input = round.isMultiple(of: 2) ? plainBytes(using: &random) : joinedPieces(using: &random)
            guard let document = try? parser.parse(input) else { continue }
            accepted += 1
            let value = document.value
            #expect(try parser.parse(JSONWriter.bytes(of: value)).value == value)
            for name in value.asObject?.names ?? [] {
                #expect(document.rawText(ofMember: name) != nil)
            }
        }
        #expect(accepted > 100)
    }

    private func plainBytes(using random: inout SeededRandom) -> [UInt8] {
        (0..<Int.random(in: 0..<40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private func joinedPieces(using random: inout SeededRandom) -> [UInt8] {
        var input: [UInt8] = Bool.random(using: &random) ? [UInt8(ascii: "[")] : [UInt8(ascii: "{")]
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            input += Self.pieces.randomElement(using: &random) ?? []
        }
        input.append(input.first == UInt8(ascii: "[") ? UInt8(ascii: "]") : UInt8(ascii: "}"))
        return input
    }
}
