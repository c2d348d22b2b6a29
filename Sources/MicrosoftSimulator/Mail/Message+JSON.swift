import Foundation

extension Message {
    /// Members returned only if selected.
    static let onlySelected: Set<String> = ["internetMessageHeaders", "uniqueBody"]

    /// Members hidden from `Mail.ReadBasic`.
    static let notBasic: Set<String> = ["body", "bodyPreview", "uniqueBody", "internetMessageHeaders"]

    /// The message with all members, as Graph shows it.
    ///
    /// - Parameter asText: the body as plain text (`Prefer: outlook.body-content-type="text"`).
    func json(immutable: Bool, asText: Bool) -> [String: JSON] {
        let shownID = id(immutable: immutable)
        let text = content.isHTML ? Self.plainText(content.body) : content.body
        let body: JSON =
            asText
            ? ["contentType": "text", "content": .string(text)]
            : [
                "contentType": "html",
                "content": .string(content.isHTML ? content.body : "<html><body>\(Self.escaped(text))</body></html>"),
            ]
        let sender = content.from.map(\.json) ?? .null
        return [
            "@odata.etag": .string("W/\"\(changeKey)\""),
            "id": .string(shownID),
            "changeKey": .string(changeKey),
            "createdDateTime": .string(Timestamp.graph(createdAt)),
            "lastModifiedDateTime": .string(Timestamp.graph(modifiedAt)),
            "receivedDateTime": .string(Timestamp.graph(receivedAt)),
            "sentDateTime": .string(Timestamp.graph(sentAt)),
            "hasAttachments": .bool(content.attachments.contains { !$0.isInline }),
            "internetMessageId": .string(internetMessageID),
            "subject": .string(content.subject),
            "bodyPreview": .string(String(text.prefix(255))),
            "importance": .string(content.importance),
            "parentFolderId": .string(folder),
            "conversationId": .string(conversationID),
            "conversationIndex": .string(String(conversationID.suffix(40))),
            "isDeliveryReceiptRequested": false,
            "isReadReceiptRequested": false,
            "isRead": .bool(isRead),
            "isDraft": .bool(isDraft),
            "webLink": .string("https://outlook.office365.com/owa/?ItemID=\(FormFields.encode(shownID))"),
            "inferenceClassification": .string(inferenceClassification),
            "body": body,
            "sender": sender,
            "from": sender,
            "toRecipients": .array(content.to.map(\.json)),
            "ccRecipients": .array(content.cc.map(\.json)),
            "bccRecipients": .array(content.bcc.map(\.json)),
            "replyTo": .array(content.replyTo.map(\.json)),
            "categories": .array(categories.map(JSON.string)),
            "flag": ["flagStatus": .string(flagStatus)],
            "internetMessageHeaders": .array(
                headers.map { ["name": .string($0.name), "value": .string($0.value)] }
            ),
            "uniqueBody": body,
        ]
    }

    static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
    }

    static func plainText(_ html: String) -> String {
        html.replacingOccurrences(of: "<[^>]*>", with: "", options: .regularExpression)
    }
}
