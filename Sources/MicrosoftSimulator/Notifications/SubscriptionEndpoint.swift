import Foundation
import HTTPTypes

/// `/subscriptions`, except for the validation of addresses, which takes place outside the state's lock.
extension SimulatorState {
    /// How far a request can be handled without calling the addresses that it names.
    enum SubscriptionStep: Sendable {
        case reply(Reply)
        /// The addresses must echo the token before the proposal is accepted.
        case validate(Subscription, urls: [String], token: String)
    }

    mutating func subscriptionStep(_ exchange: Exchange) -> SubscriptionStep {
        do throws(GraphFailure) {
            let caller = try caller(exchange)
            switch (exchange.method, GraphPath(exchange).resource) {
            case (.post, .subscriptions):
                let proposal = try proposal(exchange, caller: caller)
                try checkIsNew(proposal)
                return validation(of: proposal, urls: [proposal.notificationURL, proposal.lifecycleURL])
            case (.patch, .subscription(let id)):
                let changed = try renewal(of: id, exchange, caller: caller)
                let isMoved = changed.notificationURL != subscriptions[id]?.notificationURL
                if isMoved { return validation(of: changed, urls: [changed.notificationURL]) }
                return .reply(accept(changed, exchange))
            default: return .reply(graph(exchange))
            }
        } catch {
            return .reply(graphError(error, exchange))
        }
    }

    private mutating func validation(of proposal: Subscription, urls: [String?]) -> SubscriptionStep {
        let token =
            "Validation: Testing client application reachability for subscription Request-Id: \(random.guid())"
        return .validate(proposal, urls: urls.compactMap { $0 }, token: token)
    }

    /// Stores a new or changed subscription whose addresses have answered.
    mutating func accept(_ proposal: Subscription, _ exchange: Exchange) -> Reply {
        let isNew = subscriptions[proposal.id] == nil
        do throws(GraphFailure) {
            if isNew { try checkIsNew(proposal) }
        } catch {
            return graphError(error, exchange)
        }
        if isNew {
            subscriptions.add(proposal)
        } else {
            subscriptions.update(proposal.id) { $0 = proposal }
        }
        var reply = Reply.json(
            shown(proposal, exchange), status: isNew ? 201 : 200, type: Self.graphContentType)
        if proposal.isImmutable, isNew { reply = reply.adding("Preference-Applied", "IdType=\"ImmutableId\"") }
        return dressed(reply, exchange)
    }

    /// Everything but creation and renewal.
    mutating func subscriptions(
        _ resource: GraphPath.Resource, _ exchange: Exchange, caller: Caller
    ) throws(GraphFailure) -> Reply {
        switch (exchange.method, resource) {
        case (.get, .subscriptions):
            let own = subscriptions.of(caller.account.id).filter { $0.belongs(to: caller) }
            return .json(
                [
                    "@odata.context": .string("\(exchange.baseURL)/v1.0/$metadata#subscriptions"),
                    "value": .array(own.map { .object($0.json) }),
                ], type: Self.graphContentType)
        case (.get, .subscription(let id)):
            return .json(shown(try known(id, caller: caller), exchange), type: Self.graphContentType)
        case (.delete, .subscription(let id)):
            subscriptions.remove(try known(id, caller: caller).id)
            return .empty(204)
        case (.post, .reauthorize(let id)):
            subscriptions.update(try known(id, caller: caller).id) { subscription in
                subscription.tokenExpiresAt = caller.tokenExpiresAt
                subscription.wasAskedToReauthorize = false
            }
            return .empty(204)
        default: throw .methodNotAllowed
        }
    }

    private func shown(_ subscription: Subscription, _ exchange: Exchange) -> JSON {
        var members = subscription.json
        members["@odata.context"] = .string("\(exchange.baseURL)/v1.0/$metadata#subscriptions/$entity")
        return .object(members)
    }

    /// Those of other accounts and applications count as missing.
    private func known(_ id: String, caller: Caller) throws(GraphFailure) -> Subscription {
        guard let found = subscriptions[id], found.belongs(to: caller) else {
            throw GraphFailure(404, "ResourceNotFound", "The object was not found.")
        }
        return found
    }

    private func checkIsNew(_ proposal: Subscription) throws(GraphFailure) {
        if let twin = subscriptions.of(proposal.account).first(where: { $0.isSame(as: proposal) }) {
            throw GraphFailure(
                409, "Conflict", "Subscription Id \(twin.id) already exists for the requested combination")
        }
    }

    private func renewal(of id: String, _ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Subscription {
        var changed = try known(id, caller: caller)
        let json = try Self.object(exchange)
        let url = json["notificationUrl"]?.string
        guard json["expirationDateTime"]?.string != nil || url != nil else {
            throw GraphFailure(
                400, "InvalidRequest",
                "Subscription must contain either the 'expirationDateTime' or 'notificationUrl' property and its value."
            )
        }
        if let text = json["expirationDateTime"]?.string { changed.expiresAt = try expiry(text) }
        if let url {
            try checkAddress(url, named: "notificationUrl")
            changed.notificationURL = url
        }
        changed.tokenExpiresAt = caller.tokenExpiresAt
        changed.wasAskedToReauthorize = false
        return changed
    }
}

extension Subscription {
    func belongs(to caller: SimulatorState.Caller) -> Bool {
        account == caller.account.id && clientID.lowercased() == caller.clientID.lowercased()
    }
}
