import Foundation
import HTTPTypes
import Synchronization

/// Limits on sending.
extension MicrosoftSimulator {
    /// Returns false for an unknown address.
    @discardableResult
    package func setQuota(_ quota: MailboxQuota, of address: String) -> Bool {
        state.withLock { state in
            guard let account = state.directory.account(named: address) else { return false }
            state.quotas.mailboxes[account.id] = quota
            return true
        }
    }

    /// The recipients that a mailbox has sent to in the last 24 hours.
    package func recipientsSent(by address: String) -> Int {
        state.withLock { state in
            state.directory.account(named: address).map { state.quotas.recipients(of: $0.id, at: state.now) } ?? 0
        }
    }

    /// Sets an organisation's limit of external recipients in 24 hours; nil for none. Returns false for an unknown one.
    @discardableResult
    package func setExternalRecipientLimit(_ limit: Int?, of organization: String) -> Bool {
        state.withLock { state in
            guard let id = state.tenantID(ofControlled: organization) else { return false }
            state.quotas.externalRecipients[id] = limit
            return true
        }
    }

    /// The pairs of message and external recipient that an organisation has sent in the last 24 hours.
    package func externalRecipients(of organization: String) -> Int {
        state.withLock { state in
            state.tenantID(ofControlled: organization).map { state.quotas.external(of: $0, at: state.now) } ?? 0
        }
    }

    // MARK: HTTP

    /// `/simulator/accounts/{address}/quota`
    func quota(_ exchange: Exchange, ofAccount address: String) throws(ControlFailure) -> Reply {
        guard account(address) != nil else { throw unknown("address", address) }
        switch exchange.method {
        case .get: break
        case .post:
            let fields = try ControlFields(exchange.body, allowed: ["dailyRecipients", "messagesPerMinute", "blocked"])
            var quota = MailboxQuota()
            quota.dailyRecipients = try fields.integer("dailyRecipients")
            quota.messagesPerMinute = try fields.integer("messagesPerMinute", in: 1...1_000_000)
            quota.isBlocked = try fields.bool("blocked") ?? false
            setQuota(quota, of: address)
        case .delete: setQuota(MailboxQuota(), of: address)
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET, POST or DELETE.")
        }
        let (quota, behaviours) = state.withLock { state in
            let quota = state.directory.account(named: address).flatMap { state.quotas.mailboxes[$0.id] }
            return (quota ?? MailboxQuota(), state.behaviours)
        }
        return .json([
            "dailyRecipients": .integer(quota.dailyRecipients ?? behaviours.dailyRecipientLimit),
            "messagesPerMinute": .integer(quota.messagesPerMinute ?? behaviours.messagesPerMinute),
            "blocked": .bool(quota.isBlocked),
            "recipientsSent": .integer(recipientsSent(by: address)),
        ])
    }

    /// `/simulator/organizations/{name}/quota`
    func quota(_ exchange: Exchange, ofOrganization name: String) throws(ControlFailure) -> Reply {
        guard let id = state.withLock({ $0.tenantID(ofControlled: name) }) else { throw unknown("organization", name) }
        switch exchange.method {
        case .get: break
        case .post:
            let fields = try ControlFields(exchange.body, allowed: ["externalRecipients", "licences"])
            let licences = try fields.integer("licences", in: 0...10_000_000)
            let limit = try fields.integer("externalRecipients") ?? licences.map(QuotaBook.externalRecipients)
            guard let limit else { throw fields.wrong("externalRecipients", "given if licences is not") }
            setExternalRecipientLimit(limit, of: name)
        case .delete: setExternalRecipientLimit(nil, of: name)
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET, POST or DELETE.")
        }
        let limit = state.withLock { $0.quotas.externalRecipients[id] }
        return .json([
            "externalRecipients": limit.map(JSON.integer) ?? .null,
            "externalRecipientsSent": .integer(externalRecipients(of: name)),
        ])
    }
}
