/// A report about the delivery of a message (RFC 3464), as a mail server sends it to the message's sender.
package struct DeliveryReport: Sendable, Equatable {
    /// What the report says about one recipient.
    package struct Outcome: Sendable, Equatable {
        package enum Action: String, Sendable {
            case failed, delayed, delivered, relayed, expanded
        }

        package let recipient: String
        package let action: Action
        /// The enhanced status code (RFC 3463), such as `5.1.1`.
        package let status: String
        /// The text of the server that refused, which may contain addresses.
        package let diagnostic: String?

        package init(recipient: String, action: Action, status: String, diagnostic: String?) {
            self.recipient = recipient
            self.action = action
            self.status = status
            self.diagnostic = diagnostic
        }
    }

    package let outcomes: [Outcome]
    /// The Message-ID of the message that the report is about, if it is part of the report.
    package let originalMessageID: String?

    /// - Parameter source: the whole report as MIME.
    /// - Returns: nil if it has no part with delivery statuses.
    package init?(_ source: [UInt8]) {
        let parts = Self.leaves(of: MIMEPart(source[...]), depth: 0)
        guard let status = parts.first(where: { $0.mediaType == "message/delivery-status" }) else { return nil }
        outcomes = Self.blocks(of: status.decodedBody).compactMap(Outcome.init)
        originalMessageID =
            parts.lazy
            .filter { ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers"].contains($0.mediaType) }
            .compactMap { MIMEPart($0.decodedBody[...]).field("message-id") }.first
    }

    /// The parts that are no multiparts. Deeper nesting than any server produces is ignored.
    private static func leaves(of part: MIMEPart, depth: Int) -> [MIMEPart] {
        guard depth < 5 else { return [] }
        let parts = part.parts
        return parts.isEmpty ? [part] : parts.flatMap { leaves(of: $0, depth: depth + 1) }
    }

    /// The groups of fields, which are separated by empty lines: one about the message, then one for each recipient.
    private static func blocks(of bytes: [UInt8]) -> [MIMEPart] {
        var blocks: [MIMEPart] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let block = MIMEPart(rest)
            if !block.fields.isEmpty { blocks.append(block) }
            rest = block.body
        }
        return blocks
    }
}

extension DeliveryReport.Outcome {
    /// - Returns: nil if the group is not about a recipient.
    fileprivate init?(_ block: MIMEPart) {
        guard let recipient = block.field("final-recipient") ?? block.field("original-recipient"),
            let action = block.field("action").flatMap({ Action(rawValue: $0.lowercased()) })
        else { return nil }
        self.init(
            recipient: Self.value(recipient), action: action, status: Self.code(block.field("status") ?? ""),
            diagnostic: block.field("diagnostic-code").map(Self.value))
    }

    /// The value behind the type, as in `rfc822; ann@example.com`.
    private static func value(_ field: String) -> String {
        let parts = field.split(separator: ";", maxSplits: 1)
        let value = String(parts.count == 2 ? parts[1] : parts.first ?? "").trimmingWhitespace()
        return value.hasPrefix("<") && value.hasSuffix(">") ? String(value.dropFirst().dropLast()) : value
    }

    /// The code at the beginning of a status, which some servers follow by a comment.
    private static func code(_ field: String) -> String {
        String(field.prefix { $0.isASCII && ($0.isNumber || $0 == ".") })
    }
}
