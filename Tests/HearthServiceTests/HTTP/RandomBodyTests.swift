import HTTPTypes
import TestSupport
import Testing

@testable import HearthWeb

/// Hostile bodies are decoded or refused. They never cause a crash, and never yield more than was sent.
@Suite("Random bodies")
struct RandomBodyTests {
    /// Pieces of almost valid bodies.
    private static let pieces = [
        "--B", "--B--", "\r\n", "\r", "\n", "Content-Disposition: form-data; name=\"a\"", "Content-Disposition:",
        "name=", "\"", "\\",
        ";", "=", "&", "%", "%41", "%C3%BC", "%00", "[", "]", "[]", "[a]", "+", "a", ":", "\r\n\r\n", "--", " ", "\t",
        "ü", "\u{0}",
        "form-data", "filename=\"x\"",
    ]

    private static func body(_ random: inout SeededRandom) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            if Int.random(in: 0..<8, using: &random) == 0 {
                bytes.append(UInt8.random(in: .min ... .max, using: &random))
            } else if let piece = pieces.randomElement(using: &random) {
                bytes += piece.utf8
            }
        }
        return bytes
    }

    @Test("multipart", .timeLimit(.minutes(2)))
    func multipart() async {
        var random = SeededRandom(seed: 3)
        var accepted = 0
        for _ in 0..<100_000 {
            await Task.yield()
            let bytes = Self.body(&random)
            for candidate in [
                bytes,
                Array("--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n".utf8) + bytes
                    + Array("\r\n--B--".utf8),
            ] {
                guard let form = try? MultipartForm.parse(candidate, boundary: "B") else { continue }
                accepted += 1
                let size = form.fields.reduce(0) { $0 + $1.name.utf8.count + $1.text.utf8.count }
                #expect(size <= candidate.count)
                _ = try? form.tree()
            }
        }
        #expect(accepted > 10_000)
    }

    @Test("urlencoded", .timeLimit(.minutes(2)))
    func urlEncoded() async {
        var random = SeededRandom(seed: 4)
        var accepted = 0
        for _ in 0..<200_000 {
            await Task.yield()
            let bytes = Self.body(&random)
            guard let form = try? URLEncodedForm.parse(bytes) else { continue }
            accepted += 1
            let size = form.fields.reduce(0) { $0 + $1.name.utf8.count + $1.text.utf8.count }
            #expect(size <= bytes.count)
            _ = try? form.tree()
        }
        #expect(accepted > 10_000)
    }

    @Test("whatever was put into a form comes out again")
    func roundTrip() async throws {
        var random = SeededRandom(seed: 5)
        for _ in 0..<5_000 {
            await Task.yield()
            let fields = (0..<Int.random(in: 0...8, using: &random)).map { index in
                let text = String(
                    String.UnicodeScalarView(
                        (0..<Int.random(in: 0...20, using: &random)).compactMap { _ in
                            Unicode.Scalar(UInt32.random(in: 1...0x2FFF, using: &random))
                        }))
                return ("f\(index)", text)
            }
            let encoded = fields.map { name, text in
                name + "=" + text.utf8.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            }.joined(separator: "&")
            let expected = fields.map { "\($0.0)=\($0.1)" }
            #expect(try URLEncodedForm.parse(Array(encoded.utf8)).fields.map { "\($0.name)=\($0.text)" } == expected)
            let multipart = Array(Bodies.multipartText(fields).utf8)
            let read = try MultipartForm.parse(multipart, boundary: Bodies.boundary).fields
            #expect(read.map { "\($0.name)=\($0.text)" } == expected)
        }
    }

    @Test("long bodies that almost match take linear time", .timeLimit(.minutes(1)))
    func adversarial() {
        let size = AppContext.bodyLimit
        for piece in ["\r", "\r\n", "\r\n--", "\r\n--B", "-", "\r\n--B\r\n", "&", "a[", "%41"] {
            let bytes = Array(String(repeating: piece, count: size / piece.utf8.count).utf8)
            _ = try? MultipartForm.parse(bytes, boundary: "Bx")
            _ = try? MultipartForm.parse(bytes, boundary: "B")
            _ = try? URLEncodedForm.parse(bytes).tree()
            _ = try? Body.decode(bytes, headers: [.contentType: "application/json"])
        }
    }
}
