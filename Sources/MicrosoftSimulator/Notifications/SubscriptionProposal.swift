import Foundation

/// Reads a request for a subscription by Graph's rules.
extension SimulatorState {
    mutating func proposal(_ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Subscription {
        let json = try Self.object(exchange)
        let changeText = try Self.required("changeType", of: json)
        let url = try Self.required("notificationUrl", of: json)
        let resource = try Self.required("resource", of: json)
        let expiresAt = try expiry(try Self.required("expirationDateTime", of: json))
        var changeTypes: Set<ChangeType> = []
        for word in changeText.split(separator: ",") {
            guard let type = ChangeType(rawValue: word.trimmingCharacters(in: .whitespaces).lowercased()) else {
                throw GraphFailure(400, "InvalidRequest", "Invalid 'changeType' attribute: '\(word)'.")
            }
            changeTypes.insert(type)
        }
        let clientState = json["clientState"]?.string
        guard clientState?.count ?? 0 <= 128 else {
            throw GraphFailure(400, "InvalidRequest", "The 'clientState' exceeds the maximum length of 128 characters.")
        }
        try checkAddress(url, named: "notificationUrl")
        let lifecycleURL = json["lifecycleNotificationUrl"]?.string
        if let lifecycleURL { try checkAddress(lifecycleURL, named: "lifecycleNotificationUrl") }
        if json["includeResourceData"]?.lenientBool == true {
            throw GraphFailure(400, "InvalidRequest", "Resource data in notifications is not supported here.")
        }
        let (folder, filter) = try target(of: resource, caller: caller)
        return Subscription(
            id: random.guid(), clientID: caller.clientID, account: caller.account.id, resource: resource,
            folder: folder, filter: filter, changeTypes: changeTypes, changeText: changeText,
            clientState: clientState, lifecycleURL: lifecycleURL,
            isImmutable: exchange.prefers("idtype=\"immutableid\""), notificationURL: url, expiresAt: expiresAt,
            tokenExpiresAt: caller.tokenExpiresAt)
    }

    private static func required(_ name: String, of json: JSON) throws(GraphFailure) -> String {
        guard let text = json[name]?.string, !text.isEmpty else {
            throw GraphFailure(400, "InvalidRequest", "The '\(name)' property is required.")
        }
        return text
    }

    /// The folder and filter that a resource names. Under delegated permissions only one's own mailbox can be subscribed to.
    private mutating func target(
        of resource: String, caller: Caller
    ) throws(GraphFailure) -> (folder: String?, filter: MessageFilter?) {
        let halves = resource.split(separator: "?", maxSplits: 1)
        let path = GraphPath(resource: halves.first ?? "")
        guard case .messages(let name) = path.resource else {
            throw GraphFailure(400, "InvalidRequest", "Resource '\(resource)' is not supported.")
        }
        let isOwn = addressee(path, caller: caller.account)?.id == caller.account.id
        let scopes = ["mail.read", "mail.readbasic"] + (behaviours.readWriteSubscribes ? ["mail.readwrite"] : [])
        guard isOwn, scopes.contains(where: caller.scopes.contains) else {
            throw GraphFailure(
                403, "ExtensionError",
                "Operation: Create; Exception: [Status Code: Forbidden; Reason: Access is denied. Check credentials "
                    + "and try again.]")
        }
        try checkMailbox(caller)
        var filter: MessageFilter?
        if halves.count > 1, let text = FormFields(parsing: halves[1])["$filter"] { filter = try MessageFilter(text) }
        guard let name else { return (nil, filter) }
        let folder = withMailbox(caller.account) { mailbox, _ in mailbox.folder(name) }
        guard let folder else { throw .itemNotFound }
        return (folder.id, filter)
    }

    private static let longest: TimeInterval = 10_070 * 60
    private static let shortest: TimeInterval = 45 * 60

    /// A time that is too near is raised, one that is too far refused.
    func expiry(_ text: String) throws(GraphFailure) -> Date {
        guard let date = Timestamp.parse(text) else {
            throw GraphFailure(400, "InvalidRequest", "The 'expirationDateTime' is not a valid time.")
        }
        let rest = date.timeIntervalSince(now)
        guard rest > 0 else {
            throw GraphFailure(400, "InvalidRequest", "Subscription expiration must be in the future.")
        }
        guard rest <= Self.longest else {
            throw GraphFailure(
                400, "ExtensionError", "Subscription expiration can only be 10070 minutes in the future.")
        }
        return max(date, now.addingTimeInterval(Self.shortest))
    }

    /// Microsoft calls only HTTPS; the simulator also plain HTTP on the same machine.
    func checkAddress(_ text: String, named name: String) throws(GraphFailure) {
        let url = URLComponents(string: text)
        let host = url?.host?.lowercased() ?? ""
        let isLoopback = ["localhost", "[::1]", "::1"].contains(host) || host.hasPrefix("127.")
        guard !host.isEmpty, url?.scheme == "https" || url?.scheme == "http" && isLoopback else {
            throw GraphFailure(400, "InvalidRequest", "The '\(name)' must be an absolute HTTPS address.")
        }
    }
}
