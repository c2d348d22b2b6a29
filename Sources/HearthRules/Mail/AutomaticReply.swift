/// The signs of a message that no person has written.
package enum AutomaticReply {
    /// - Parameters:
    ///   - itemClass: Exchange's class of the message.
    ///   - headers: of the message.
    package static func isOne(itemClass: String?, headers: [(name: String, value: String)]) -> Bool {
        if itemClass?.lowercased().hasPrefix("ipm.note.rules.") == true { return true }
        return headers.contains { name, value in
            let value = value.trimmingWhitespace().lowercased()
            switch name.lowercased() {
            // RFC 3834, section 5.
            case "auto-submitted": return !value.isEmpty && value != "no"
            case "precedence": return value == "auto_reply"
            case "x-autoreply", "x-autorespond", "x-autoresponder": return value != "no"
            case "x-apple-action": return value == "vacation"
            // X-Auto-Response-Suppress asks the receiver to send no automatic reply. People's mail carries it, too.
            default: return false
            }
        }
    }

    /// The first Message-IDs in `In-Reply-To` and `References`: what a message answers, the nearest first.
    package static func answeredIDs(inReplyTo: String?, references: String?) -> [String] {
        var ids: [String] = []
        for id in identifiers(in: inReplyTo) + identifiers(in: references).reversed() where !ids.contains(id) {
            ids.append(id)
        }
        return Array(ids.prefix(50))
    }

    private static func identifiers(in field: String?) -> [String] {
        var ids: [String] = []
        var current: String?
        for character in field ?? "" {
            switch character {
            case "<": current = "<"
            case ">":
                if let id = current, id.count > 1 { ids.append(id + ">") }
                current = nil
            default: current?.append(character)
            }
        }
        return ids
    }
}
