import Foundation

/// A `$search` on messages: words that must all occur, some only in one property (`subject:x`, `from:x`, `to:x`, `body:x`).
struct MessageSearch: Sendable {
    private struct Term: Sendable {
        let property: String?
        let word: String
    }

    private let terms: [Term]

    /// - Parameter text: usually in double quotes.
    init(_ text: String) {
        let words = text.replacingOccurrences(of: "\"", with: " ").split(separator: " ")
        terms = words.compactMap { word in
            if word.lowercased() == "and" { return nil }
            let halves = word.split(separator: ":", maxSplits: 1).map { $0.lowercased() }
            let known = ["subject", "from", "to", "body", "participants"]
            return halves.count == 2 && known.contains(halves[0])
                ? Term(property: halves[0], word: halves[1]) : Term(property: nil, word: word.lowercased())
        }
    }

    func matches(_ message: Message) -> Bool {
        let content = message.content
        let from = [content.from].compactMap { $0 }
        let recipients = content.to + content.cc
        return terms.allSatisfy { term in
            let texts =
                switch term.property {
                case "subject": [content.subject]
                case "body": [content.body]
                case "from": Self.texts(from)
                case "to": Self.texts(recipients)
                case "participants": Self.texts(from + recipients)
                default: [content.subject, content.body] + Self.texts(from + recipients)
                }
            return texts.contains { $0.lowercased().contains(term.word) }
        }
    }

    private static func texts(_ recipients: [Recipient]) -> [String] {
        recipients.flatMap { [$0.name, $0.address] }
    }
}
