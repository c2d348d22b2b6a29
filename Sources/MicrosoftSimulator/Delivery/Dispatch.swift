import Foundation

/// Carries messages to their recipients.
extension SimulatorState {
    /// Delivers a message to every recipient in the simulator, and reports what cannot be delivered. Other addresses are
    /// accepted and ignored.
    ///
    /// - Parameter isCounted: whether the recipients count for the organisation's limit; automatic replies do not.
    mutating func dispatch(_ message: Message, from sender: Account, isCounted: Bool = true, at date: Date) {
        let rate = quotas.mailboxes[sender.id]?.messagesPerMinute ?? behaviours.messagesPerMinute
        let released = isCounted ? quotas.release(of: sender.id, limit: max(1, rate), at: date) : date
        let delay = TimeInterval(behaviours.deliveryDelaySeconds) + released.timeIntervalSince(date)
        var content = message.content
        // Recipients see neither blind copies nor the sender's own properties.
        content.bcc = []
        content.extendedProperties = [:]
        let travelling =
            behaviours.replacesMessageID
            ? "<\(random.word(48))@simulator.prod.outlook.com>" : message.internetMessageID
        var seen: Set<AccountID> = []
        var bounced: [(rule: BounceRule, recipient: String)] = []
        for recipient in message.content.recipients {
            if let rule = bounce(recipient.address, message, from: sender, isCounted: isCounted, at: date) {
                bounced.append((rule, recipient.address))
                continue
            }
            guard let owner = directory.mailboxOwner(of: recipient.address), hasMailbox(owner),
                seen.insert(owner.id).inserted
            else { continue }
            var arrival = Arrival(
                owner: owner.id, content: content, internetMessageID: travelling, sentAt: message.sentAt)
            arrival.sender = sender.id
            arrival.isScripted = message.isScripted
            if content.isOutOfOffice, isInside(owner, sender) {
                arrival.itemClass = "IPM.Note.Rules.OofTemplate.Microsoft"
            }
            plan(.arrival(arrival), after: delay, from: date)
        }
        report(bounced, of: message, to: sender, at: date)
    }

    /// Whether two accounts are members of one organisation.
    func isInside(_ first: Account, _ second: Account) -> Bool {
        first.kind == .work && first.id.tenantID == second.id.tenantID
    }

    /// The rule by which a recipient's mail comes back; nil if it does not.
    private mutating func bounce(
        _ recipient: String, _ message: Message, from sender: Account, isCounted: Bool, at date: Date
    ) -> BounceRule? {
        let author = message.content.from?.address ?? sender.primaryAddress
        let matching = bounces.firstIndex { rule in
            rule.times != 0 && rule.matches(recipient, from: author, tenantID: sender.id.tenantID)
        }
        if let matching {
            if let times = bounces[matching].times { bounces[matching].times = times - 1 }
            return bounces[matching]
        }
        if isCounted, isExternal(recipient, to: sender.id.tenantID),
            !quotas.admitExternal(of: sender.id.tenantID, at: date)
        {
            return BounceRule(code: "5.7.233")
        }
        if behaviours.bouncesUnknownRecipients, directory.mailboxOwner(of: recipient) == nil,
            directory.account(named: recipient) == nil,
            let domain = Self.domain(of: recipient), directory.organization(named: domain) != nil
        {
            return BounceRule(code: "5.1.10")
        }
        return nil
    }

    /// Plans one report for all failures that arrive at the same time and place.
    private mutating func report(
        _ bounced: [(rule: BounceRule, recipient: String)], of message: Message, to sender: Account, at date: Date
    ) {
        struct Place: Hashable {
            let delay: TimeInterval
            let folder: String
            let original: BounceRule.Original
        }
        let places = Dictionary(grouping: bounced) { entry in
            Place(delay: entry.rule.delaySeconds, folder: entry.rule.folder, original: entry.rule.original)
        }
        for (place, entries) in places.sorted(by: { ($0.key.delay, $0.key.folder) < ($1.key.delay, $1.key.folder) }) {
            var original = message
            original.content.bcc = []
            let report = DeliveryReport(
                failures: entries.map { rule, recipient in
                    .init(
                        recipient: recipient, code: rule.code,
                        diagnostic: rule.text ?? DeliveryReport.words(for: rule.code))
                },
                arrivedAt: date, originalID: message.internetMessageID,
                original: place.original == .message ? original.mime : original.mimeHeaders,
                kind: place.original)
            plan(
                .arrival(arrival(of: report, on: message, to: sender, in: place.folder)), after: place.delay, from: date
            )
        }
    }

    private mutating func arrival(
        of report: DeliveryReport, on message: Message, to sender: Account, in folder: String
    ) -> Arrival {
        let domain = Self.domain(of: sender.primaryAddress) ?? "outlook.com"
        var content = MessageContent()
        content.from = Recipient(
            name: "Microsoft Outlook", address: "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@\(domain)")
        content.to = [Recipient(name: sender.displayName, address: sender.primaryAddress)]
        content.subject = "Undeliverable: \(message.content.subject)"
        content.isHTML = true
        let list = report.failures.map {
            "<p>\(Message.escaped($0.recipient))<br>\(Message.escaped($0.diagnostic))</p>"
        }
        content.body =
            "<html><body><p>Delivery has failed to these recipients or groups:</p>\(list.joined())</body></html>"
        content.inReplyTo = message.internetMessageID
        content.references = message.content.references + [message.internetMessageID]
        content.standardHeaders = [.init(name: "Auto-Submitted", value: "auto-replied")]
        content.report = report
        var arrival = Arrival(
            owner: sender.id, content: content,
            internetMessageID: "<\(random.guid())@AM0PR01MB0001.eurprd01.prod.exchangelabs.com>", sentAt: now)
        arrival.folder = folder
        arrival.itemClass = "REPORT.IPM.Note.NDR"
        arrival.headers = [
            .init(name: "Return-Path", value: "<>"), .init(name: "X-MS-Exchange-Message-Is-Ndr", value: ""),
        ]
        return arrival
    }
}
