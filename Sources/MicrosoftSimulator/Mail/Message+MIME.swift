import Foundation

/// The headers of a message, and its MIME text.
extension Message {
    /// What `internetMessageHeaders` shows: every header of a received message, only the custom ones of others.
    var headers: [Header] {
        isReceived
            ? receivedHeaders + envelope(Self.mailbox) + [Header(name: "Content-Type", value: contentType)]
                + content.standardHeaders + content.headers
            : content.headers
    }

    /// The headers that Exchange writes from the message's members.
    ///
    /// - Parameter write: how a name and address are written.
    private func envelope(_ write: (Recipient) -> String) -> [Header] {
        var list: [Header] = []
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { list.append(Header(name: name, value: value)) }
        }
        func add(_ name: String, _ recipients: [Recipient]) {
            add(name, recipients.map(write).joined(separator: ", "))
        }
        add("From", content.from.map { [$0] } ?? [])
        add("To", content.to)
        add("CC", content.cc)
        add("Reply-To", content.replyTo)
        add("Subject", content.subject)
        add("Date", Timestamp.mail(sentAt))
        add("Message-ID", internetMessageID)
        add("In-Reply-To", content.inReplyTo)
        add("References", content.references.joined(separator: " "))
        add("MIME-Version", "1.0")
        return list
    }

    /// The message as RFC 5322 text with CRLF, as `$value` returns it.
    var mime: String { mimeHeaders + "\r\n" + mimeBody }

    /// The headers of the MIME text, each ended by CRLF.
    var mimeHeaders: String {
        let all =
            (isReceived ? receivedHeaders : [])
            + envelope { "\(Self.encodedWord($0.name, isQuoted: true)) <\($0.address)>" }
            + content.standardHeaders + content.headers
        var lines = all.map { "\($0.name): \(Self.encodedWord($0.value))" }
        lines.append("Content-Type: \(contentType)")
        if !isMultipart { lines.append("Content-Transfer-Encoding: base64") }
        return lines.map { $0 + "\r\n" }.joined()
    }

    private static let boundary = "=_simulator_mixed_4c0a"

    private var isMultipart: Bool { content.report != nil || !content.attachments.isEmpty }

    private var textType: String { "\(content.isHTML ? "text/html" : "text/plain"); charset=\"utf-8\"" }

    /// The value of the `Content-Type` header.
    var contentType: String {
        if content.report != nil {
            return "multipart/report; report-type=delivery-status; boundary=\"\(DeliveryReport.boundary)\""
        }
        return content.attachments.isEmpty ? textType : "multipart/mixed; boundary=\"\(Self.boundary)\""
    }

    private var mimeBody: String {
        if let report = content.report { return report.mime(body: content.body) }
        let text = Self.base64(Data(content.body.utf8))
        if content.attachments.isEmpty { return text + "\r\n" }
        let mark = "--\(Self.boundary)\r\n"
        var parts = ["\(mark)Content-Type: \(textType)\r\nContent-Transfer-Encoding: base64\r\n\r\n\(text)\r\n"]
        for attachment in content.attachments {
            let name = Self.encodedWord(attachment.name, isQuoted: true)
            let place = attachment.isInline ? "inline" : "attachment"
            parts.append(
                "\(mark)Content-Type: \(attachment.contentType); name=\(name)\r\n"
                    + "Content-Disposition: \(place); filename=\(name)\r\n"
                    + (attachment.contentID.map { "Content-ID: <\($0)>\r\n" } ?? "")
                    + "Content-Transfer-Encoding: base64\r\n\r\n\(Self.base64(attachment.bytes))\r\n")
        }
        return parts.joined() + "--\(Self.boundary)--\r\n"
    }

    /// base64 in lines of 76 characters (RFC 2045 section 6.8).
    static func base64(_ bytes: Data) -> String {
        bytes.base64EncodedString(options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed])
    }

    /// Text that is not ASCII as encoded words (RFC 2047).
    static func encodedWord(_ text: String, isQuoted: Bool = false) -> String {
        let isASCII = text.utf8.allSatisfy { $0 >= 32 && $0 < 127 }
        if isASCII { return isQuoted ? "\"\(text.filter { $0 != "\"" && $0 != "\\" })\"" : text }
        // An encoded word has at most 75 characters, so 45 bytes of content; no character may be cut.
        var words: [String] = []
        var word = Data()
        for character in text {
            let bytes = Data(String(character).utf8)
            if word.count + bytes.count > 45 {
                words.append("=?utf-8?B?\(word.base64EncodedString())?=")
                word = Data()
            }
            word += bytes
        }
        words.append("=?utf-8?B?\(word.base64EncodedString())?=")
        return words.joined(separator: "\r\n ")
    }

    private static func mailbox(_ recipient: Recipient) -> String {
        recipient.name == recipient.address
            ? "<\(recipient.address)>" : "\"\(recipient.name)\" <\(recipient.address)>"
    }
}
