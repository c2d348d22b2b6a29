import Foundation

enum ChangeType: String, Sendable, CaseIterable {
    case created, updated, deleted
}

/// Which subscriptions hear of a change.
enum ChangeAudience: Sendable {
    case everybody
    /// Only those of the message's folder: for the whole mailbox nothing has changed.
    case folderOnly
}

/// A subscription to changes of messages. It belongs to an application and the account that created it.
struct Subscription: Sendable {
    let id: String
    let clientID: String
    let account: AccountID
    /// As the client wrote it.
    let resource: String
    /// A folder's id; nil for the whole mailbox.
    let folder: String?
    let filter: MessageFilter?
    let changeTypes: Set<ChangeType>
    /// The change types as the client wrote them.
    let changeText: String
    let clientState: String?
    let lifecycleURL: String?
    let isImmutable: Bool
    var notificationURL: String
    var expiresAt: Date
    /// When the access token that created or last renewed it expires.
    var tokenExpiresAt: Date
    /// Whether its notifications are dropped without a lifecycle event.
    var isSilenced = false
    /// Whether the client was asked for a new token since the last one expired.
    var wasAskedToReauthorize = false

    func isSame(as other: Subscription) -> Bool {
        clientID.lowercased() == other.clientID.lowercased() && account == other.account
            && folder == other.folder && changeTypes == other.changeTypes
            && resource.lowercased() == other.resource.lowercased()
    }

    var json: [String: JSON] {
        [
            "id": .string(id),
            "resource": .string(resource),
            "applicationId": .string(clientID),
            "changeType": .string(changeText),
            "clientState": .text(clientState),
            "notificationUrl": .string(notificationURL),
            "lifecycleNotificationUrl": .text(lifecycleURL),
            "expirationDateTime": .string(Timestamp.graph(expiresAt)),
            "creatorId": .string(account.objectID),
            "latestSupportedTlsVersion": "v1_2",
            "includeResourceData": .null,
            "notificationQueryOptions": .null,
            "notificationContentType": .null,
            "encryptionCertificate": .null,
            "encryptionCertificateId": .null,
            "notificationUrlAppId": .null,
        ]
    }
}

/// All subscriptions, also by account.
struct SubscriptionBook: Sendable {
    private var byID: [String: Subscription] = [:]
    private var idsByAccount: [AccountID: [String]] = [:]
    /// Nothing expires before.
    private var firstExpiry = Date.distantFuture

    /// By account, then in order of creation.
    var all: [Subscription] {
        idsByAccount.sorted { ($0.key.tenantID, $0.key.objectID) < ($1.key.tenantID, $1.key.objectID) }
            .flatMap { $0.value.compactMap { byID[$0] } }
    }

    subscript(id: String) -> Subscription? { byID[id.lowercased()] }

    func of(_ account: AccountID) -> [Subscription] {
        idsByAccount[account]?.compactMap { byID[$0] } ?? []
    }

    mutating func add(_ subscription: Subscription) {
        byID[subscription.id] = subscription
        firstExpiry = min(firstExpiry, subscription.expiresAt)
        idsByAccount[subscription.account, default: []].append(subscription.id)
    }

    mutating func update(_ id: String, _ change: (inout Subscription) -> Void) {
        guard var subscription = byID[id] else { return }
        change(&subscription)
        byID[id] = subscription
        firstExpiry = min(firstExpiry, subscription.expiresAt)
    }

    mutating func remove(_ id: String) {
        guard let removed = byID.removeValue(forKey: id) else { return }
        idsByAccount[removed.account]?.removeAll { $0 == id }
    }

    mutating func removeExpired(at now: Date) {
        guard firstExpiry <= now else { return }
        for subscription in byID.values where subscription.expiresAt <= now { remove(subscription.id) }
        firstExpiry = byID.values.map(\.expiresAt).min() ?? .distantFuture
    }
}
