package import Foundation
package import HearthMicrosoft
import HearthRules
import HearthWeb
import Outbound
import StrictJSON

/// A subscription to the changes in a mailbox, as Microsoft has granted it.
package struct GraphSubscription: Sendable, Equatable {
    package let id: String
    package let expiresAt: Date
    package let notificationURL: String?

    init?(_ json: JSONObject) {
        guard let id = json["id"]?.asString, !id.isEmpty,
            let expiry = json["expirationDateTime"]?.asString.flatMap(RFC3339.parse)
        else { return nil }
        self.id = id
        expiresAt = expiry
        notificationURL = json["notificationUrl"]?.asString
    }
}

extension GraphMailbox {
    /// Microsoft has the subscription no longer, or it never had it.
    package struct SubscriptionGone: Error {}

    /// Subscribes to new and changed messages in all folders. While this call runs, Microsoft calls both addresses. Needs
    /// `Mail.Read`; not possible for mailboxes of others.
    ///
    /// - Throws: `MicrosoftFault`; with ``MicrosoftFault/isDuplicateSubscription`` if there is one already.
    package func subscribe(
        notifying url: String, lifecycle: String, clientState: String, until expiry: Date
    ) async throws(MicrosoftFault) -> GraphSubscription {
        var json = JSONWriter()
        json.object { json in
            json.member("changeType", "created,updated")
            json.member("notificationUrl", url)
            json.member("lifecycleNotificationUrl", lifecycle)
            json.member("resource", "me/messages")
            json.member("expirationDateTime", RFC3339.format(expiry))
            json.member("clientState", clientState)
            json.member("latestSupportedTlsVersion", "v1_2")
        }
        return try Self.subscription(try await call(.post, "/subscriptions", json: json.text))
    }

    /// Extends a subscription.
    ///
    /// - Throws: `MicrosoftFault`, or ``SubscriptionGone``.
    package func renew(_ id: String, until expiry: Date) async throws -> GraphSubscription {
        var json = JSONWriter()
        json.object { $0.member("expirationDateTime", RFC3339.format(expiry)) }
        do {
            return try Self.subscription(
                try await call(.patch, "/subscriptions/\(FormEncoding.escape(id))", json: json.text))
        } catch {
            guard error.status == 404 else { throw error }
            throw SubscriptionGone()
        }
    }

    /// The subscriptions of this application in the mailbox's account.
    package func subscriptions() async throws(MicrosoftFault) -> [GraphSubscription] {
        let response = try await call(.get, "/subscriptions")
        guard let found = try Self.object(response, "list of subscriptions")["value"]?.asArray else {
            throw MicrosoftFault(.transient, source: .graph, cause: "a malformed list of subscriptions")
        }
        return found.compactMap(\.asObject).compactMap(GraphSubscription.init)
    }

    /// Ends a subscription. One that is gone counts as ended.
    package func unsubscribe(_ id: String) async throws(MicrosoftFault) {
        do {
            _ = try await call(.delete, "/subscriptions/\(FormEncoding.escape(id))")
        } catch {
            guard error.status == 404 else { throw error }
        }
    }

    private static func subscription(_ response: OutboundResponse) throws(MicrosoftFault) -> GraphSubscription {
        guard let subscription = GraphSubscription(try object(response, "subscription")) else {
            throw MicrosoftFault(.transient, source: .graph, cause: "a malformed subscription", isUnanswered: true)
        }
        return subscription
    }
}

extension MicrosoftFault {
    /// Microsoft has a subscription of this application to the same changes.
    package var isDuplicateSubscription: Bool { status == 409 }
}
