import Foundation

/// An answer that a mailbox gives by itself: out of office, or what a test lets a person write.
package struct AutomaticReply: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Answers each sender once.
        case outOfOffice
        /// Answers like a person: the mail has nothing automatic about it.
        case person
    }

    package var kind: Kind
    package var text = ""
    package var delaySeconds = 0.0
    /// Whether an out-of-office mail says `Auto-Submitted: auto-replied`.
    package var isMarked = true
    /// Whether the mail says `X-Auto-Response-Suppress: All`; nil for the default of the kind, which is true for out of office.
    package var suppressesAnswers: Bool?
    /// How many mails are answered; nil without an end.
    package var times: Int?

    /// Who has been answered by an out-of-office mail.
    var answered: Set<String> = []

    package init(_ kind: Kind) {
        self.kind = kind
    }
}

extension SimulatorState {
    /// Answers a mail that has just arrived, as the scripts of its mailbox say.
    mutating func answer(_ message: Message, in owner: Account, at date: Date) {
        guard let sender = message.content.replyTo.first ?? message.content.from, !isAutomatic(message) else { return }
        for index in (automaticReplies[owner.id] ?? []).indices {
            guard var script = automaticReplies[owner.id]?[index] else { continue }
            if let times = script.times {
                if times < 1 { continue }
                script.times = times - 1
            }
            if script.kind == .outOfOffice {
                let suppressed = message.headers.contains { header in
                    let value = header.value.lowercased()
                    return header.name.lowercased() == "x-auto-response-suppress"
                        && ["all", "oof"].contains { value.contains($0) }
                }
                guard !suppressed, script.answered.insert(sender.address.lowercased()).inserted else { continue }
            }
            automaticReplies[owner.id]?[index] = script
            plan(
                .automaticReply(answer(to: message, recipient: sender, from: owner, script), from: owner.id),
                after: script.delaySeconds, from: date)
        }
    }

    /// Sends an automatic reply that has become due.
    mutating func sendAutomaticReply(_ content: MessageContent, from owner: AccountID, at date: Date) {
        guard let account = directory.account(owner), hasMailbox(account) else { return }
        var message = newMessage(content, isDraft: false, at: date)
        message.isScripted = true
        if !content.isOutOfOffice { keepSentCopy(message, of: owner, at: date) }
        dispatch(message, from: account, isCounted: !content.isOutOfOffice, at: date)
    }

    private func isAutomatic(_ message: Message) -> Bool {
        message.isScripted || message.isHidden || message.itemClass.hasPrefix("REPORT.")
            || message.headers.contains { $0.name.lowercased() == "auto-submitted" && $0.value.lowercased() != "no" }
    }

    private func answer(
        to message: Message, recipient: Recipient, from owner: Account, _ script: AutomaticReply
    ) -> MessageContent {
        var content = MessageContent()
        let isOutOfOffice = script.kind == .outOfOffice
        content.isOutOfOffice = isOutOfOffice
        content.subject =
            isOutOfOffice ? "Automatic reply: \(message.content.subject)" : "RE: \(message.content.subject)"
        content.body = script.text
        content.from = Recipient(name: owner.displayName, address: owner.primaryAddress)
        content.to = [recipient]
        content.inReplyTo = message.internetMessageID
        content.references = message.content.references + [message.internetMessageID]
        if isOutOfOffice, script.isMarked {
            content.standardHeaders.append(.init(name: "Auto-Submitted", value: "auto-replied"))
        }
        if script.suppressesAnswers ?? isOutOfOffice {
            content.headers.append(.init(name: "X-Auto-Response-Suppress", value: "All"))
        }
        return content
    }
}
