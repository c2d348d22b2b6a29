package import Foundation
import HTTPTypes
import Synchronization

/// A subscription as returned by the controls.
package struct SubscriptionDescription: Sendable, Equatable {
    package let id: String
    package let account: String
    package let clientID: String
    package let resource: String
    package let changeTypes: [String]
    package let clientState: String?
    package let notificationURL: String
    package let lifecycleURL: String?
    package let expiresAt: Date
    package let hasImmutableIDs: Bool
    package let isSilenced: Bool

    init(_ subscription: Subscription, account: String) {
        id = subscription.id
        self.account = account
        clientID = subscription.clientID
        resource = subscription.resource
        changeTypes = subscription.changeTypes.map(\.rawValue).sorted()
        clientState = subscription.clientState
        notificationURL = subscription.notificationURL
        lifecycleURL = subscription.lifecycleURL
        expiresAt = subscription.expiresAt
        hasImmutableIDs = subscription.isImmutable
        isSilenced = subscription.isSilenced
    }
}

extension MicrosoftSimulator {
    /// All subscriptions that have not expired, by account and in order of creation.
    package var subscriptions: [SubscriptionDescription] {
        state.withLock { state in
            state.subscriptions.removeExpired(at: state.now)
            return state.subscriptions.all.map { subscription in
                let account = state.directory.account(subscription.account)?.address
                return SubscriptionDescription(subscription, account: account ?? subscription.account.objectID)
            }
        }
    }

    /// Drops the notifications of a subscription without telling anybody, or stops doing so. Returns false for an unknown
    /// one.
    @discardableResult
    package func silence(_ subscription: String, _ isSilenced: Bool = true) -> Bool {
        state.withLock { state in
            guard state.subscriptions[subscription] != nil else { return false }
            state.subscriptions.update(subscription) { $0.isSilenced = isSilenced }
            return true
        }
    }

    /// Sends a lifecycle event; `subscriptionRemoved` also ends the subscription. Returns false for an unknown one.
    @discardableResult
    package func send(_ event: LifecycleEvent, of subscription: String) -> Bool {
        defer { wakes.wake() }
        return state.withLock { state in
            guard let known = state.subscriptions[subscription] else { return false }
            state.notifications.add(event, to: known, at: state.now)
            if event == .subscriptionRemoved { state.subscriptions.remove(known.id) }
            return true
        }
    }

    /// Sets how notifications go wrong for a mailbox, or for all without rules of their own if nil. Nil rules end it. Returns
    /// false for an unknown address.
    @discardableResult
    package func setNotificationRules(_ rules: NotificationRules?, of address: String? = nil) -> Bool {
        state.withLock { state in
            var id: AccountID?
            if let address {
                guard let account = state.directory.account(named: address) else { return false }
                id = account.id
            }
            state.notifications.set(rules, of: id)
            return true
        }
    }

    package func notificationCounts(of address: String) -> NotificationCounts {
        state.withLock { state in
            state.directory.account(named: address).flatMap { state.notifications.counts[$0.id] } ?? .init()
        }
    }

    /// The POSTs made to subscribers, oldest first.
    package var sentNotifications: [SentNotification] { state.withLock { $0.notifications.log } }

    package func clearSentNotifications() {
        state.withLock { $0.notifications.clearLog() }
    }

    /// Suspends until every notification that is due has been sent once and answered. The application must be running.
    package func notificationsSettled() async {
        await wakes.idle()
    }

    // MARK: HTTP

    /// `/simulator/subscriptions[/{id}/{silence|lifecycle}]`
    func subscriptions(_ exchange: Exchange, _ rest: [String]) throws(ControlFailure) -> Reply {
        switch (exchange.method, rest.count, rest.last) {
        case (.get, 0, _):
            let address = exchange.query["account"]?.lowercased()
            let shown = subscriptions.filter { address == nil || $0.account.lowercased() == address }
            return .json(["subscriptions": .array(shown.map(\.json))])
        case (.post, 2, "silence"):
            let fields = try ControlFields(exchange.body, allowed: ["silent"])
            let isSilent = try fields.bool("silent") ?? true
            guard silence(rest[0], isSilent) else { throw unknown("subscription", rest[0]) }
            return .json(["silent": .bool(isSilent)])
        case (.post, 2, "lifecycle"):
            let fields = try ControlFields(exchange.body, allowed: ["event"])
            guard let event = try fields.choice("event", of: LifecycleEvent.self) else {
                throw fields.wrong("event", "given")
            }
            guard send(event, of: rest[0]) else { throw unknown("subscription", rest[0]) }
            return .json(["event": .string(event.rawValue)])
        default: throw ControlFailure(status: 404, field: nil, message: "No such control: \(exchange.path)")
        }
    }

    /// `/simulator/notifications`, `/simulator/accounts/{address}/notifications`
    func notifications(_ exchange: Exchange, of address: String?) throws(ControlFailure) -> Reply {
        if let address, account(address) == nil { throw unknown("address", address) }
        switch exchange.method {
        case .get: break
        case .post: setNotificationRules(try NotificationRules(exchange.body), of: address)
        case .delete: setNotificationRules(nil, of: address)
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET, POST or DELETE.")
        }
        let rules = state.withLock { state in
            state.notifications.rules(of: address.flatMap { state.directory.account(named: $0)?.id })
        }
        var body: [String: JSON] = ["rules": rules.json]
        if let address { body["counts"] = notificationCounts(of: address).json }
        return .json(.object(body))
    }

    /// `/simulator/notifications/log`
    func notificationLog(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        if exchange.method == .delete { clearSentNotifications() }
        return .json(["posts": .array(sentNotifications.map(\.json))])
    }
}

extension NotificationRules {
    init(_ body: Data) throws(ControlFailure) {
        let fields = try ControlFields(
            body, allowed: ["loss", "duplication", "delaySeconds", "delaySpreadSeconds", "disorder", "seed"])
        self.init()
        loss = try Self.probability("loss", fields)
        duplication = try Self.probability("duplication", fields)
        delaySeconds = try fields.number("delaySeconds") ?? 0
        delaySpreadSeconds = try fields.number("delaySpreadSeconds") ?? 0
        isDisordered = try fields.bool("disorder") ?? false
        seed = try fields.integer("seed").map { UInt64($0) }
    }

    private static func probability(_ name: String, _ fields: ControlFields) throws(ControlFailure) -> Double {
        let value = try fields.number(name) ?? 0
        guard (0...1).contains(value) else { throw fields.wrong(name, "a number from 0 to 1") }
        return value
    }

    var json: JSON {
        [
            "loss": .number(loss), "duplication": .number(duplication), "delaySeconds": .number(delaySeconds),
            "delaySpreadSeconds": .number(delaySpreadSeconds), "disorder": .bool(isDisordered),
        ]
    }
}

extension NotificationCounts {
    var json: JSON {
        [
            "createdMessages": .integer(createdMessages), "caused": .integer(caused), "sent": .integer(sent),
            "duplicated": .integer(duplicated), "lost": .integer(lost), "silenced": .integer(silenced),
            "unauthorized": .integer(unauthorized), "refused": .integer(refused), "abandoned": .integer(abandoned),
        ]
    }
}

extension SubscriptionDescription {
    var json: JSON {
        [
            "id": .string(id), "account": .string(account), "clientId": .string(clientID),
            "resource": .string(resource), "changeTypes": .array(changeTypes.map(JSON.string)),
            "clientState": .text(clientState), "notificationUrl": .string(notificationURL),
            "lifecycleNotificationUrl": .text(lifecycleURL), "expires": .string(Timestamp.graph(expiresAt)),
            "immutableIds": .bool(hasImmutableIDs), "silent": .bool(isSilenced),
        ]
    }
}

extension SentNotification {
    var json: JSON {
        [
            "time": .string(Timestamp.graph(time)), "url": .string(url), "status": status.map(JSON.integer) ?? .null,
            "items": .array(
                items.map { item in
                    [
                        "account": .string(item.account), "subscriptionId": .string(item.subscriptionID),
                        "event": .string(item.event), "messageId": .text(item.messageID),
                    ]
                }),
        ]
    }
}
