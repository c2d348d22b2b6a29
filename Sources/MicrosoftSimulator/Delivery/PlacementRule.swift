import Foundation

/// Where mail lands, and what the receiving server says of it.
package struct PlacementRule: Sendable, Equatable {
    /// Whose mail; nil for everybody's.
    package var sender: AddressPattern?
    /// Whose mailbox; nil for everybody's.
    package var recipient: AddressPattern?
    package var verdict = Verdict()

    package init() {}

    /// The verdict of a receiving server on one mail, in the words of its headers.
    package struct Verdict: Sendable, Equatable {
        /// A well-known name or an id.
        package var folder = "inbox"
        /// Spam confidence level, -1 to 9.
        package var scl = 1
        /// The filter's verdict: `NSPM`, `SPM`, `SKI`, `SKA`, `SFE`, ...
        package var sfv = "NSPM"
        /// The category: `NONE`, `SPM`, `HSPM`, `PHSH`, `BULK`, ...
        package var cat = "NONE"
        /// The safety tip's number.
        package var sfty: String?
        /// Bulk complaint level, 0 to 9.
        package var bcl = 0
        package var spf = "pass"
        package var dkim = "pass"
        package var dmarc = "pass"
        package var compauth = "pass"
        package var reason = "100"
        /// Seconds after which zero-hour auto purge moves the mail to junk if it is still unread in the inbox; nil for
        /// never. At most 48 hours.
        package var purgeAfterSeconds: Double?

        package init() {}
    }
}

extension PlacementRule.Verdict {
    /// Mail inside one organisation skips the filter.
    static let internalMail = {
        var verdict = PlacementRule.Verdict()
        verdict.scl = -1
        verdict.sfv = "SKI"
        return verdict
    }()

    /// The headers of a received copy.
    ///
    /// - Parameter isInternal: whether the mail never left the organisation; then nothing is authenticated.
    func headers(sender: String, isInternal: Bool) -> [Message.Header] {
        let domain = SimulatorState.domain(of: sender) ?? "example.com"
        let action = dmarc == "fail" ? "quarantine" : "none"
        let results =
            "spf=\(spf) (sender IP is 40.107.22.1) smtp.mailfrom=\(domain); "
            + "dkim=\(dkim) (signature was verified) header.d=\(domain);"
            + "dmarc=\(dmarc) action=\(action) header.from=\(domain);compauth=\(compauth) reason=\(reason)"
        let safety = sfty.map { "SFTY:\($0);" } ?? ""
        let report =
            "CIP:\(isInternal ? "255.255.255.255" : "40.107.22.1");CTRY:\(isInternal ? "" : "IE");LANG:en;SCL:\(scl);"
            + "SRV:;IPV:NLI;SFV:\(sfv);H:AM0PR01MB0001.eurprd01.prod.exchangelabs.com;PTR:;CAT:\(cat);SFS:;\(safety)DIR:INB;"
        var headers: [Message.Header] = []
        if !isInternal { headers.append(.init(name: "Authentication-Results", value: results)) }
        headers.append(.init(name: "X-Forefront-Antispam-Report", value: report))
        headers.append(.init(name: "X-Microsoft-Antispam", value: "BCL:\(bcl);"))
        return headers
    }
}

extension SimulatorState {
    /// The verdict on mail from `sender` in a mailbox: the last rule that matches, or Microsoft's usual one.
    func verdict(on sender: String, in owner: Account, isInternal: Bool) -> PlacementRule.Verdict {
        let addresses = [owner.address, owner.primaryAddress]
        let rule = placements.last { rule in
            rule.sender?.matches(sender) ?? true
                && (rule.recipient.map { pattern in addresses.contains(where: pattern.matches) } ?? true)
        }
        // The filter is not asked about internal mail, so that no rule applies.
        if isInternal { return .internalMail }
        return rule?.verdict ?? .init()
    }

    /// Moves a mail to junk unless somebody has read or moved it.
    mutating func purge(_ immutableID: String, of owner: AccountID) {
        guard let account = directory.account(owner) else { return }
        let (message, inbox, junk) = withMailbox(account) { mailbox, _ in
            (mailbox.message(immutableID), mailbox.folder("inbox"), mailbox.folder("junkemail"))
        }
        guard let message, let junk, message.folder == inbox?.id, !message.isRead else { return }
        _ = move(message.id, to: junk, of: account)
    }
}
