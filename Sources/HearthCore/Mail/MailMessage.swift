package import Foundation
import HearthRules
package import HearthWeb

/// An e-mail message as text and HTML, encoded for a mail server (RFC 5322, RFC 2045 to 2047).
///
/// All external text is encoded, so that no name can end a header line.
package struct MailMessage: Sendable {
    let sender: String
    /// The display name of the sender.
    package let senderName: String
    package let recipient: String
    package let subject: String
    package let text: String
    package let html: String
    package let language: Language
    /// The `Message-ID`, the same for every attempt, so that duplicates can be detected.
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
            // RFC 3834: prevents automatic replies, such as out-of-office notices.
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

    /// Returns encoded words of at most 75 characters (RFC 2047, section 2), split between scalars, one per line.
    private static func words(_ text: String) -> String {
        var words: [String] = []
        var chunk = ""
        for scalar in text.unicodeScalars.map({ $0.properties.generalCategory == .control ? " " : $0 }) {
            // 45 bytes are 60 base64 characters; delimiters and charset add 12.
            if chunk.utf8.count + String(scalar).utf8.count > 45 {
                words.append(chunk)
                chunk = ""
            }
            chunk.unicodeScalars.append(scalar)
        }
        words.append(chunk)
        return words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    /// Formats a date as in RFC 5322, section 3.3.
    private static func date(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss '+0000'"
        return formatter.string(from: date)
    }
}
