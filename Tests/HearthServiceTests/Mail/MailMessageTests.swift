import Foundation
import Testing

@testable import HearthCore
@testable import HearthWeb

@Suite("Messages")
struct MailMessageTests {
    private func lines(name: String = "Acme", subject: String = "Hello", text: String = "Text") -> [Substring] {
        let message = MailMessage(
            sender: "a@hearth.example", senderName: name, recipient: "b@outlook.com", subject: subject, text: text,
            html: "<p>Text</p>", language: .english, id: "invitation-1-2-3@hearth.example",
            date: Date(timeIntervalSince1970: 1_772_446_530))
        return String(decoding: message.bytes, as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
    }

    @Test("a header that every reader understands")
    func header() {
        let lines = lines()
        #expect(lines.first == "Date: Mon, 02 Mar 2026 10:15:30 +0000")
        #expect(lines.contains("To: <b@outlook.com>"))
        #expect(lines.contains("Message-ID: <invitation-1-2-3@hearth.example>"))
        #expect(lines.contains("Auto-Submitted: auto-generated"))
        #expect(lines.contains("From: =?utf-8?B?QWNtZQ==?= <a@hearth.example>"))
    }

    @Test(
        "no name ends a header line or makes one too long",
        arguments: ["Acme\r\nBcc: evil@example.com", "=?utf-8?Q?x?=", String(repeating: "ü€𝄞", count: 200), "\u{0}"])
    func hostileNames(name: String) throws {
        let lines = lines(name: name, subject: name)
        let header = lines.prefix { !$0.isEmpty }
        let names = header.filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
        #expect(
            names == [
                "Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Language", "Auto-Submitted",
                "Content-Type",
            ])
        #expect(lines.allSatisfy { $0.utf8.count <= 998 && !$0.contains("\n") })
        // Each encoded word can be decoded on its own (RFC 2047, section 5).
        let words = header.joined(separator: " ").matches(of: /=\?utf-8\?B\?([A-Za-z0-9+\/=]*)\?=/)
        for word in words {
            #expect(word.output.0.utf8.count <= 75)
            let bytes = try #require(Data(base64Encoded: String(word.output.1)))
            #expect(String(data: bytes, encoding: .utf8) != nil)
        }
    }

    @Test("the body is base64 in short lines")
    func body() throws {
        let text = String(repeating: "Zeile mit Ümlaut. ", count: 100)
        let lines = lines(text: text)
        let start = try #require(lines.firstIndex(of: "Content-Type: text/plain; charset=utf-8"))
        let encoded = lines[(start + 3)...].prefix { !$0.hasPrefix("--") }
        #expect(encoded.allSatisfy { $0.utf8.count <= 76 })
        #expect(Data(base64Encoded: encoded.joined()) == Data(text.utf8))
        #expect(lines.suffix(2).first?.hasSuffix("--") == true && lines.last == "")
    }
}
