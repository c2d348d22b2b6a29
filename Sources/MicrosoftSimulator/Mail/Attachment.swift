import Foundation

/// A file that is attached to a message.
struct Attachment: Sendable {
    /// Its number in the message, which never changes.
    var number = 0
    var name: String
    var contentType = "application/octet-stream"
    var isInline = false
    var contentID: String?
    var bytes: Data

    /// JSON requests can carry no more than this in one attachment, in bytes.
    static let largestInline = 3 * 1024 * 1024
    /// Upload sessions can carry no more than this, in bytes.
    static let largest = 150 * 1024 * 1024

    func id(in message: Message) -> String { "\(message.id.dropLast())ABEgAQ\(number)=" }

    /// - Parameter hasContent: whether the bytes are shown.
    func json(in message: Message, hasContent: Bool) -> [String: JSON] {
        var members: [String: JSON] = [
            "@odata.type": "#microsoft.graph.fileAttachment",
            "id": .string(id(in: message)),
            "lastModifiedDateTime": .string(Timestamp.graph(message.modifiedAt)),
            "name": .string(name),
            "contentType": .string(contentType),
            "size": .integer(bytes.count),
            "isInline": .bool(isInline),
            "contentId": .text(contentID),
        ]
        if hasContent { members["contentBytes"] = .string(bytes.base64EncodedString()) }
        return members
    }
}

extension Attachment {
    /// Reads a `fileAttachment` of a request.
    init(_ json: JSON) throws(GraphFailure) {
        guard let name = json["name"]?.string, !name.isEmpty else {
            throw GraphFailure(400, "ErrorInvalidRequest", "The attachment has no name.")
        }
        guard let bytes = json["contentBytes"]?.string.flatMap({ Data(base64Encoded: $0) }) else {
            throw GraphFailure(400, "RequestBodyRead", "Cannot convert 'ContentBytes' from base64.")
        }
        guard bytes.count <= Self.largestInline else {
            throw GraphFailure(413, "ErrorAttachmentSizeLimitExceeded", "The attachment exceeds the maximum size.")
        }
        self.init(name: name, bytes: bytes)
        if let value = json["contentType"]?.string { contentType = value }
        if let value = json["isInline"]?.lenientBool { isInline = value }
        contentID = json["contentId"]?.string
    }
}

extension MessageContent {
    mutating func attach(_ attachment: Attachment) -> Attachment {
        var numbered = attachment
        numbered.number = (attachments.map(\.number).max() ?? 0) + 1
        attachments.append(numbered)
        return numbered
    }
}
