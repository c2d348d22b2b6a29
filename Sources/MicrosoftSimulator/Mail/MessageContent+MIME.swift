import Foundation

/// Reads the MIME form of a message, RFC 5322 in base64.
extension MessageContent {
    /// Reads headers and text, but not parts. Exchange ignores `From`, and drops what would make the mail look automatic.
    init(mime body: Data) throws(GraphFailure) {
        let text = String(decoding: body, as: UTF8.self).filter { !$0.isWhitespace }
        guard !text.isEmpty, let decoded = Data(base64Encoded: text) else {
            throw GraphFailure(
                400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content."
            )
        }
        let mime = String(decoding: decoded, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
        let halves = mime.components(separatedBy: "\n\n")
        let unfolded = halves[0].replacingOccurrences(of: "\n ", with: " ").replacingOccurrences(of: "\n\t", with: " ")
        var encoding = ""
        for line in unfolded.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].trimmingCharacters(in: .whitespaces)
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            switch name.lowercased() {
            case "subject": subject = value
            case "to": to = Self.addresses(value)
            case "cc": cc = Self.addresses(value)
            case "bcc": bcc = Self.addresses(value)
            case "reply-to": replyTo = Self.addresses(value)
            case "message-id": internetMessageID = value
            case "in-reply-to": inReplyTo = value
            case "references": references = Self.messageIDs(value)
            case "content-type": isHTML = value.lowercased().hasPrefix("text/html")
            case "content-transfer-encoding": encoding = value.lowercased()
            case "from", "sender", "date", "return-path", "auto-submitted", "mime-version": continue
            case let lower where lower.hasPrefix("x-"): headers.append(Message.Header(name: name, value: value))
            default: standardHeaders.append(Message.Header(name: name, value: value))
            }
        }
        let content = halves.dropFirst().joined(separator: "\n\n")
        self.body = encoding == "base64" ? Self.decoded(content) : content
    }

    private static func decoded(_ text: String) -> String {
        let bytes = Data(base64Encoded: text.filter { !$0.isWhitespace })
        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    private static func addresses(_ text: String) -> [Recipient] {
        text.split(separator: ",").map { part in
            let word = part.trimmingCharacters(in: .whitespaces)
            guard let open = word.lastIndex(of: "<"), let close = word.lastIndex(of: ">"), open < close else {
                return Recipient(name: word, address: word)
            }
            let address = String(word[word.index(after: open)..<close])
            let name = word[..<open].trimmingCharacters(in: CharacterSet(charactersIn: " \""))
            return Recipient(name: name.isEmpty ? address : name, address: address)
        }
    }
}
