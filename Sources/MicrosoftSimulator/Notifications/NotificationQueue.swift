import DequeModule
package import Foundation

/// A notification on its way to a subscriber.
struct Notification: Sendable {
    enum Content: Sendable {
        case change(ChangeType, messageID: String, etag: String)
        case lifecycle(LifecycleEvent)
    }

    /// The subscription as it was when the change happened.
    let subscription: Subscription
    let content: Content
    let url: String
    let queuedAt: Date
    let number: Int
    var due: Date
    var attempts = 0

    var isLifecycle: Bool {
        if case .lifecycle = content { true } else { false }
    }
}

/// One POST to a subscriber: notifications of changes, or lifecycle events.
struct NotificationPost: Sendable {
    /// At most one POST is under way for each.
    struct Target: Hashable, Sendable {
        let url: String
        let isLifecycle: Bool
    }

    let target: Target
    let body: Data
    let notifications: [Notification]
}

/// One POST that was made.
package struct SentNotification: Sendable, Equatable {
    package struct Item: Sendable, Equatable {
        package let account: String
        package let subscriptionID: String
        /// `created`, `updated`, `deleted`, or a lifecycle event.
        package let event: String
        package let messageID: String?
    }

    package let time: Date
    package let url: String
    /// Nil if there was no answer in time.
    package let status: Int?
    package let items: [Item]
}

/// The notifications that wait to be sent, and what became of the others.
struct NotificationQueue: Sendable {
    /// Microsoft retries for four hours, with growing pauses.
    static let patience: TimeInterval = 4 * 3600
    private static let firstPause: TimeInterval = 10
    private static let largestPost = 100
    private static let logCapacity = 10_000

    /// By receiver; the next to be sent first.
    private(set) var waiting: [NotificationPost.Target: Deque<Notification>] = [:]
    private(set) var busy: Set<NotificationPost.Target> = []
    private(set) var log: [SentNotification] = []
    var counts: [AccountID: NotificationCounts] = [:]
    /// For mailboxes without rules of their own.
    private(set) var rules = NotificationRules()
    private(set) var rulesByMailbox: [AccountID: NotificationRules] = [:]
    private var random: SeededGenerator
    private var count = 0

    init(random: SeededGenerator) {
        self.random = random
    }

    func rules(of account: AccountID?) -> NotificationRules {
        account.flatMap { rulesByMailbox[$0] } ?? rules
    }

    /// Sets the rules of a mailbox, or of all if nil. Nil rules remove them.
    mutating func set(_ rules: NotificationRules?, of account: AccountID?) {
        if let account {
            rulesByMailbox[account] = rules
        } else {
            self.rules = rules ?? NotificationRules()
        }
        if let seed = rules?.seed { random = SeededGenerator(seed: seed) }
    }

    mutating func clearLog() {
        log = []
        counts = [:]
    }

    // MARK: Queueing

    mutating func add(_ event: LifecycleEvent, to subscription: Subscription, at now: Date) {
        guard let url = subscription.lifecycleURL else { return }
        append(.lifecycle(event), subscription, url: url, due: now, at: now)
    }

    /// Queues the notification of a change, as the rules allow.
    mutating func add(
        _ change: ChangeType, messageID: String, etag: String, to subscription: Subscription, at now: Date
    ) {
        let rules = rules(of: subscription.account)
        counts[subscription.account, default: .init()].caused += 1
        if rules.loss > 0, Double.random(in: 0..<1, using: &random) < rules.loss {
            counts[subscription.account, default: .init()].lost += 1
            return
        }
        let isDouble = rules.duplication > 0 && Double.random(in: 0..<1, using: &random) < rules.duplication
        if isDouble { counts[subscription.account, default: .init()].duplicated += 1 }
        for _ in 0..<(isDouble ? 2 : 1) {
            var delay = rules.delaySeconds
            if rules.delaySpreadSeconds > 0 { delay += Double.random(in: 0..<rules.delaySpreadSeconds, using: &random) }
            append(
                .change(change, messageID: messageID, etag: etag), subscription, url: subscription.notificationURL,
                due: now.addingTimeInterval(delay), at: now)
        }
    }

    private mutating func append(
        _ content: Notification.Content, _ subscription: Subscription, url: String, due: Date, at now: Date
    ) {
        count += 1
        insert(
            Notification(
                subscription: subscription, content: content, url: url, queuedAt: now, number: count, due: due))
    }

    /// Keeps the receiver's notifications in their order. Most come at the end.
    private mutating func insert(_ notification: Notification) {
        let target = NotificationPost.Target(url: notification.url, isLifecycle: notification.isLifecycle)
        var place = waiting[target]?.count ?? 0
        while place > 0, Self.isEarlier(notification, waiting[target]?[place - 1]) { place -= 1 }
        waiting[target, default: []].insert(notification, at: place)
    }

    private static func isEarlier(_ first: Notification?, _ second: Notification?) -> Bool {
        guard let first, let second else { return false }
        return (first.due, first.number) < (second.due, second.number)
    }

    // MARK: Sending

    /// Takes what is due for one receiver to which no POST is under way; nil if there is nothing.
    ///
    /// - Parameter isLive: whether a subscription still exists.
    mutating func next(
        at now: Date, isLive: (Subscription) -> Bool, body: ([Notification]) -> Data
    ) -> NotificationPost? {
        let due = waiting.filter { target, list in
            !busy.contains(target) && list.first.map { $0.due <= now } ?? false
        }
        // The one that has waited longest, so that no receiver is passed over.
        for target in due.sorted(by: { Self.isEarlier($0.value.first, $1.value.first) }).map(\.key) {
            var taken: [Notification] = []
            while taken.count < Self.largestPost, let first = waiting[target]?.first, first.due <= now {
                waiting[target]?.removeFirst()
                if first.isLifecycle || isLive(first.subscription) {
                    taken.append(first)
                } else {
                    counts[first.subscription.account, default: .init()].abandoned += 1
                }
            }
            if waiting[target]?.isEmpty == true { waiting[target] = nil }
            guard !taken.isEmpty else { continue }
            if taken.contains(where: { rules(of: $0.subscription.account).isDisordered }) {
                taken.shuffle(using: &random)
            }
            busy.insert(target)
            return NotificationPost(target: target, body: body(taken), notifications: taken)
        }
        return nil
    }

    /// Notes the answer to a POST. What was not accepted is sent again later.
    ///
    /// - Parameters:
    ///   - status: nil if there was no answer in time.
    ///   - name: the address of an account.
    mutating func finish(_ post: NotificationPost, status: Int?, at now: Date, name: (AccountID) -> String) {
        busy.remove(post.target)
        let isAccepted = status.map { (200..<300).contains($0) } ?? false
        for notification in post.notifications {
            let account = notification.subscription.account
            if isAccepted {
                counts[account, default: .init()].sent += 1
                continue
            }
            counts[account, default: .init()].refused += 1
            var again = notification
            again.due = now.addingTimeInterval(Self.firstPause * pow(2, Double(notification.attempts)))
            again.attempts += 1
            if again.due.timeIntervalSince(notification.queuedAt) <= Self.patience {
                insert(again)
            } else {
                counts[account, default: .init()].abandoned += 1
            }
        }
        let items = post.notifications.map { $0.item(account: name($0.subscription.account)) }
        log.append(SentNotification(time: now, url: post.target.url, status: status, items: items))
        if log.count > Self.logCapacity { log.removeFirst(Self.logCapacity / 2) }
    }

    /// Puts back what a stopped sender had taken.
    mutating func release(_ post: NotificationPost) {
        busy.remove(post.target)
        for notification in post.notifications { insert(notification) }
    }
}

extension Notification {
    func item(account: String) -> SentNotification.Item {
        switch content {
        case .change(let type, let messageID, _):
            .init(account: account, subscriptionID: subscription.id, event: type.rawValue, messageID: messageID)
        case .lifecycle(let event):
            .init(account: account, subscriptionID: subscription.id, event: event.rawValue, messageID: nil)
        }
    }
}
