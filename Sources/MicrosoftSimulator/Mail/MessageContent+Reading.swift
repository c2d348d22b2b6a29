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
        if let list = json["attachments"]?.array {
            attachments = []
            for entry in list { _ = attach(try Attachment(entry)) }
        }
        if let value = json["internetMessageId"]?.string { internetMessageID = value }
        for property in json["singleValueExtendedProperties"]?.array ?? [] {
            guard let text = property["id"]?.string, let id = PropertyID(text) else {
                throw GraphFailure(400, "ErrorInvalidProperty", "The property id is invalid.")
            }
            guard let value = property["value"]?.string else {
                throw GraphFailure(400, "RequestBodyRead", "The value of an extended property is not a string.")
            }
            set(value, for: id)
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
}
