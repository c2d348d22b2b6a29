import Foundation

/// One mailbox's deviations from Microsoft's limits on sending; nil members do not deviate.
package struct MailboxQuota: Sendable, Equatable {
    /// Recipients in 24 hours.
    package var dailyRecipients: Int?
    /// Messages in a minute; more are delayed, not refused.
    package var messagesPerMinute: Int?
    /// Whether Microsoft's protection against abuse has stopped the mailbox from sending.
    package var isBlocked = false

    package init() {}
}

/// The limits and the use of every mailbox and organisation, over the last 24 hours.
struct QuotaBook: Sendable {
    private struct Use: Sendable {
        let time: Date
        let count: Int
    }

    private static let day: TimeInterval = 86_400

    var mailboxes: [AccountID: MailboxQuota] = [:]
    /// By tenant id: message-and-external-recipient pairs in 24 hours, the limit TERRL.
    var externalRecipients: [String: Int] = [:]

    private var recipients: [AccountID: [Use]] = [:]
    private var external: [String: [Use]] = [:]
    /// When the latest messages were let go.
    private var releases: [AccountID: [Date]] = [:]

    func recipients(of mailbox: AccountID, at now: Date) -> Int {
        Self.sum(recipients[mailbox], at: now)
    }

    func external(of tenantID: String, at now: Date) -> Int {
        Self.sum(external[tenantID], at: now)
    }

    mutating func note(recipients count: Int, of mailbox: AccountID, at now: Date) {
        Self.note(count, in: &recipients[mailbox, default: []], at: now)
    }

    /// Counts an external recipient. False if the organisation is at its limit.
    mutating func admitExternal(of tenantID: String, at now: Date) -> Bool {
        if let limit = externalRecipients[tenantID], external(of: tenantID, at: now) >= limit { return false }
        Self.note(1, in: &external[tenantID, default: []], at: now)
        return true
    }

    /// When a message may go, at so many a minute.
    mutating func release(of mailbox: AccountID, limit: Int, at now: Date) -> Date {
        var dates = releases[mailbox] ?? []
        var date = now
        if dates.count >= limit { date = max(now, dates[dates.count - limit].addingTimeInterval(60)) }
        dates.append(date)
        releases[mailbox] = dates.suffix(limit)
        return date
    }

    /// `500 x licences^0.7 + 9,500`, rounded down.
    static func externalRecipients(licences: Int) -> Int {
        Int(500 * pow(Double(licences), 0.7) + 9_500)
    }

    private static func sum(_ uses: [Use]?, at now: Date) -> Int {
        (uses ?? []).reduce(0) { $1.time > now.addingTimeInterval(-day) ? $0 + $1.count : $0 }
    }

    private static func note(_ count: Int, in uses: inout [Use], at now: Date) {
        if let first = uses.first, first.time <= now.addingTimeInterval(-day) {
            uses.removeAll { $0.time <= now.addingTimeInterval(-day) }
        }
        if let last = uses.last, last.time == now {
            uses[uses.count - 1] = Use(time: now, count: last.count + count)
        } else {
            uses.append(Use(time: now, count: count))
        }
    }
}

extension SimulatorState {
    /// Throws if Microsoft does not accept a message for sending.
    func checkSubmission(_ message: Message, from sender: Account) throws(GraphFailure) {
        let count = message.content.recipients.count
        guard count > 0 else {
            throw GraphFailure(400, "ErrorInvalidRecipients", "At least one recipient is required.")
        }
        let quota = quotas.mailboxes[sender.id] ?? MailboxQuota()
        if quota.isBlocked { throw .known("ErrorMessageSubmissionBlocked", status: nil) }
        let limit = quota.dailyRecipients ?? behaviours.dailyRecipientLimit
        guard quotas.recipients(of: sender.id, at: now) + count <= limit else {
            throw .known("ErrorExceededMessageLimit", status: nil)
        }
    }

    /// Whether an address lies outside an organisation. Personal accounts have none: everybody is outside.
    func isExternal(_ address: String, to tenantID: String) -> Bool {
        guard let organization = directory.organization(tenantID), let domain = Self.domain(of: address) else {
            return true
        }
        return !organization.domains.contains(domain)
    }
}
