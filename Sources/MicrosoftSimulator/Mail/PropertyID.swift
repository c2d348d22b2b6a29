import Foundation

/// The id of a MAPI property as Graph writes it: `String 0x1042`, or `String {GUID} Name name`.
///
/// GUIDs, type names and tags are equal in any letter case, and a tag with or without leading zeros; names are not.
struct PropertyID: Hashable, Sendable {
    /// The form in which ids are compared and shown.
    let text: String

    /// Nil if the text is not a property id.
    init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 3).map(String.init)
        guard let kind = words.first.flatMap(Self.kind) else { return nil }
        switch words.count {
        case 2:
            guard let tag = Self.number(words[1]) else { return nil }
            self.text = "\(kind) 0x\(String(tag, radix: 16))"
        case 4:
            let set = words[1].lowercased()
            guard set.hasPrefix("{"), set.hasSuffix("}"), UUID(uuidString: String(set.dropFirst().dropLast())) != nil
            else { return nil }
            switch words[2].lowercased() {
            case "name": self.text = "\(kind) \(set) Name \(words[3])"
            case "id":
                guard let number = Self.number(words[3]) else { return nil }
                self.text = "\(kind) \(set) Id 0x\(String(number, radix: 16))"
            default: return nil
            }
        default: return nil
        }
    }

    private init(tag: Int) {
        text = "String 0x\(String(tag, radix: 16))"
    }

    static let itemClass = PropertyID(tag: 0x001A)
    static let subject = PropertyID(tag: 0x0037)
    static let internetMessageID = PropertyID(tag: 0x1035)
    static let references = PropertyID(tag: 0x1039)
    static let inReplyTo = PropertyID(tag: 0x1042)
    static let listUnsubscribe = PropertyID(tag: 0x1045)

    private static func kind(_ word: String) -> String? {
        ["String", "Integer", "Boolean", "SystemTime", "CLSID", "Double", "Long", "Short", "Binary", "Float"]
            .first { $0.lowercased() == word.lowercased() }
    }

    private static func number(_ word: String) -> Int? {
        word.lowercased().hasPrefix("0x") ? Int(word.dropFirst(2), radix: 16) : Int(word)
    }
}
