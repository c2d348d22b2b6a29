import Foundation

extension SimulatorState {
    /// Queues notifications of a change for every subscription that asked for it.
    mutating func publish(
        _ change: ChangeType, _ message: Message, of account: Account, to audience: ChangeAudience = .everybody
    ) {
        if change == .created { notifications.counts[account.id, default: .init()].createdMessages += 1 }
        for subscription in subscriptions.of(account.id) where now < subscription.expiresAt {
            if let folder = subscription.folder {
                if folder != message.folder { continue }
            } else if audience == .folderOnly {
                continue
            }
            var change = change
            if let filter = subscription.filter, !filter.matches(message) {
                // What no longer matches has left the subscriber's view.
                guard change == .updated else { continue }
                change = .deleted
            }
            guard subscription.changeTypes.contains(change) else { continue }
            queue(change, message, to: subscription)
        }
        if change == .created, behaviours.updatesFollowCreations {
            publish(.updated, message, of: account, to: audience)
        }
    }

    private mutating func queue(_ change: ChangeType, _ message: Message, to subscription: Subscription) {
        if subscription.isSilenced {
            notifications.counts[subscription.account, default: .init()].silenced += 1
            return
        }
        if behaviours.notificationsNeedToken, subscription.tokenExpiresAt <= now {
            notifications.counts[subscription.account, default: .init()].unauthorized += 1
            if !subscription.wasAskedToReauthorize {
                notifications.add(.reauthorizationRequired, to: subscription, at: now)
                subscriptions.update(subscription.id) { $0.wasAskedToReauthorize = true }
            }
            return
        }
        notifications.add(
            change, messageID: message.id(immutable: subscription.isImmutable),
            etag: "W/\"\(message.changeKey)\"", to: subscription, at: now)
    }

    /// The next POST to make; nil if nothing is due.
    mutating func nextNotificationPost() -> NotificationPost? {
        settle()
        subscriptions.removeExpired(at: now)
        let (subscriptions, directory) = (subscriptions, directory)
        return notifications.next(
            at: now,
            isLive: { subscriptions[$0.id] != nil },
            body: { list in
                JSON.object(["value": .array(list.map { Self.json(of: $0, subscriptions, directory) })]).data
            })
    }

    /// Whether something waits for its time.
    var hasPlans: Bool { !agenda.isEmpty || !notifications.waiting.isEmpty }

    private static func json(
        of notification: Notification, _ subscriptions: SubscriptionBook, _ directory: Directory
    ) -> JSON {
        let subscription = subscriptions[notification.subscription.id] ?? notification.subscription
        var members: [String: JSON] = [
            "subscriptionId": .string(subscription.id),
            "subscriptionExpirationDateTime": .string(Timestamp.graph(subscription.expiresAt)),
            "clientState": .text(subscription.clientState),
            "tenantId": .string(subscription.account.tenantID),
        ]
        switch notification.content {
        case .lifecycle(let event):
            members["lifecycleEvent"] = .string(event.rawValue)
        case .change(let type, let messageID, let etag):
            let owner = directory.account(subscription.account)?.graphID ?? subscription.account.objectID
            let resource = JSON.string("Users/\(owner)/Messages/\(messageID)")
            members["changeType"] = .string(type.rawValue)
            members["resource"] = resource
            members["resourceData"] = [
                "@odata.type": "#Microsoft.Graph.Message", "@odata.id": resource, "@odata.etag": .string(etag),
                "id": .string(messageID),
            ]
        }
        return .object(members)
    }
}
