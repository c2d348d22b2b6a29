package import Foundation
import HearthRules
package import HearthWeb

/// A message in two forms, text and HTML, as bytes for a mail server (RFC 5322, RFC 2045 to 2047).
///
/// Everything that comes from outside is encoded: no name can end a header line.
package struct MailMessage: Sendable {
    let sender: String
    /// Shown beside the sender's address.
    package let senderName: String
    package let recipient: String
    package let subject: String
    package let text: String
    package let html: String
    package let language: Language
    /// The same for every attempt, so that a message that arrives twice can be told.
    package let id: String
    package let date: Date

    package init(
        sender: String, senderName: String, recipient: String, subject: String, text: String, html: String,
        language: Language, id: String, date: Date
    ) {
        self.sender = sender
        self.senderName = senderName
        self.recipient = recipient
        self.subject = subject
        self.text = text
        self.html = html
        self.language = language
        self.id = id
        self.date = date
    }

    package var bytes: [UInt8] {
        let boundary = "=_\(Base64URL.encode(Array(id.utf8)).prefix(48))"
        let header = [
            "Date: \(Self.date(date))",
            "From: \(Self.words(senderName)) <\(sender)>",
            "To: <\(recipient)>",
            "Subject: \(Self.words(subject))",
            "Message-ID: <\(id)>",
            "MIME-Version: 1.0",
            "Content-Language: \(language.rawValue)",
            // RFC 3834: nobody's holiday notice is an answer to it.
            "Auto-Submitted: auto-generated",
            "Content-Type: multipart/alternative; boundary=\"\(boundary)\"",
        ]
        let parts = [("text/plain", text), ("text/html", html)].map { type, content in
            """
            --\(boundary)
            Content-Type: \(type); charset=utf-8
            Content-Transfer-Encoding: base64

            \(Self.base64(content))
            """.replacingOccurrences(of: "\n", with: "\r\n")
        }
        return Array(
            (header + ["", parts.joined(separator: "\r\n"), "--\(boundary)--", ""]).joined(separator: "\r\n").utf8)
    }

    private static func base64(_ text: String) -> String {
        Data(text.utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
    }

    /// Encoded words of at most 75 characters (RFC 2047, section 2), cut between scalars, on lines of their own.
    private static func words(_ text: String) -> String {
        var words: [String] = []
        var chunk = ""
        for scalar in text.unicodeScalars.map({ $0.properties.generalCategory == .control ? " " : $0 }) {
            // 45 bytes are 60 characters of base64, and twelve more stand around them.
            if chunk.utf8.count + String(scalar).utf8.count > 45 {
                words.append(chunk)
                chunk = ""
            }
            chunk.unicodeScalars.append(scalar)
        }
        words.append(chunk)
        return words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    /// RFC 5322, section 3.3.
    private static func date(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss '+0000'"
        return formatter.string(from: date)
    }
}
