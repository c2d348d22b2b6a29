import Foundation

/// Reads the `message` object of a request by Graph's rules.
extension MessageContent {
    init(_ json: JSON) throws(GraphFailure) {
        guard json.object != nil else {
            throw GraphFailure(400, "RequestBodyRead", "The message is not an object.")
        }
        try apply(json)
    }

    /// Applies the members that are present; the others do not change.
    mutating func apply(_ json: JSON) throws(GraphFailure) {
        if let value = json["subject"]?.string { subject = value }
        if let value = json["importance"]?.string { importance = value.lowercased() }
        if let value = json["body"] {
            isHTML = value["contentType"]?.string?.lowercased() == "html"
            body = value["content"]?.string ?? ""
        }
        if let value = json["from"] { from = try Self.recipient(value) }
        if let value = json["toRecipients"] { to = try Self.recipients(value) }
        if let value = json["ccRecipients"] { cc = try Self.recipients(value) }
        if let value = json["bccRecipients"] { bcc = try Self.recipients(value) }
        if let value = json["replyTo"] { replyTo = try Self.recipients(value) }
        if let value = json["internetMessageHeaders"], !value.isNull { headers = try Self.headers(value) }
        if let value = json["attachments"]?.array { attachments = value }
        for property in json["singleValueExtendedProperties"]?.array ?? [] {
            guard let id = property["id"]?.string, let value = property["value"]?.string else { continue }
            extendedProperties[id] = value
        }
    }

    private static func recipients(_ json: JSON) throws(GraphFailure) -> [Recipient] {
        if json.isNull { return [] }
        guard let list = json.array else {
            throw GraphFailure(400, "RequestBodyRead", "A recipient list is not an array.")
        }
        var recipients: [Recipient] = []
        for entry in list { recipients.append(try recipient(entry)) }
        return recipients
    }

    private static func recipient(_ json: JSON) throws(GraphFailure) -> Recipient {
        guard let address = json["emailAddress"]?["address"]?.string, address.contains("@") else {
            throw GraphFailure(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
        }
        return Recipient(name: json["emailAddress"]?["name"]?.string ?? address, address: address)
    }

    /// Only custom headers, at most five.
    private static func headers(_ json: JSON) throws(GraphFailure) -> [Message.Header] {
        var headers: [Message.Header] = []
        for entry in json.array ?? [] {
            let name = entry["name"]?.string ?? ""
            guard name.lowercased().hasPrefix("x-") else {
                throw GraphFailure(
                    400, "InvalidInternetMessageHeader",
                    "The internet message header name '\(name)' should start with 'x-' or 'X-'."
                )
            }
            headers.append(Message.Header(name: name, value: entry["value"]?.string ?? ""))
        }
        guard headers.count <= 5 else {
            throw GraphFailure(400, "InvalidInternetMessageHeaderCollection", "Maximum number of headers is 5.")
        }
        return headers
    }

    /// The MIME form of sendMail: RFC 5322 in base64. Reads headers and text, but not parts.
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
        self.body = halves.dropFirst().joined(separator: "\n\n")
        for line in unfolded.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].trimmingCharacters(in: .whitespaces)
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            switch name.lowercased() {
            case "subject": subject = value
            case "to": to = Self.addresses(value)
            case "cc": cc = Self.addresses(value)
            case "bcc": bcc = Self.addresses(value)
            case "content-type": isHTML = value.lowercased().hasPrefix("text/html")
            default: headers.append(Message.Header(name: name, value: value))
            }
        }
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
