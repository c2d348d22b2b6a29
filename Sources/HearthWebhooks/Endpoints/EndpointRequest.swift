package import HearthCore
package import HearthRules
package import HearthWeb
package import Outbound

/// The body of `POST /webhooks/endpoints`.
package struct EndpointRequest: Sendable {
    package let url: TargetURL
    package let events: [String]
    package let ownerEmail: EmailAddress?
    let description: String?

    package init(url: TargetURL, events: [String] = EventType.standard, ownerEmail: EmailAddress?, description: String?)
    {
        self.url = url
        self.events = events
        self.ownerEmail = ownerEmail
        self.description = description
    }

    package init(_ body: ParsedBody, settings: Settings) throws(APIError) {
        var fields = Fields(body)
        let url = fields.webhookURL(required: true, settings: settings)
        let events = fields.eventTypes("events")
        let owner = fields.clearableOwner()
        let description = fields.clearableDescription()
        try fields.validated()
        // `validated` has thrown if it is missing.
        guard let url else { throw .validation([FieldProblem(field: "url", message: "is required")]) }
        self.init(
            url: url, events: events ?? EventType.standard, ownerEmail: owner?.value, description: description?.value)
    }
}

/// The body of `PATCH /webhooks/endpoints/{id}`; nil leaves a value unchanged.
package struct EndpointChange: Sendable {
    package let url: TargetURL?
    package let events: [String]?
    package let ownerEmail: Replacement<EmailAddress>?
    let description: Replacement<String>?
    package let status: WebhookEndpoint.Status?

    package init(status: WebhookEndpoint.Status) {
        url = nil
        events = nil
        ownerEmail = nil
        description = nil
        self.status = status
    }

    package init(_ body: ParsedBody, settings: Settings) throws(APIError) {
        var fields = Fields(body)
        url = fields.webhookURL(required: false, settings: settings)
        events = fields.eventTypes("events")
        ownerEmail = fields.clearableOwner()
        description = fields.clearableDescription()
        status = fields.choice("status")
        try fields.validated()
    }
}

/// A new value for an optional field; nil, given as an empty string, removes the value.
package struct Replacement<Value: Sendable>: Sendable {
    let value: Value?
}

extension Fields {
    fileprivate mutating func webhookURL(required: Bool, settings: Settings) -> TargetURL? {
        // One more than allowed, so that the URL check reports a URL that is too long.
        let limit = 1...(TargetURL.maximumLength + 1)
        guard let text = string("url", required: required, length: limit) else { return nil }
        do {
            return try CallableURL.check(text, settings: settings)
        } catch {
            problem("url", error.words)
            return nil
        }
    }

    /// Returns the event types in the given order, without duplicates.
    mutating func eventTypes(_ name: String) -> [String]? {
        guard let names = list(name, count: 1...100, length: 1...64) else { return nil }
        guard names.allSatisfy(EventType.maySubscribe) else {
            problem(name, "must be some of \((EventType.all + [EventType.every]).joined(separator: ", "))")
            return nil
        }
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    fileprivate mutating func clearableOwner() -> Replacement<EmailAddress>? {
        guard let text = string("owner_email", or: "ownerEmail", length: 0...1_000) else { return nil }
        if text.isEmpty { return Replacement(value: nil) }
        do {
            return Replacement(value: try EmailAddress(text))
        } catch {
            problem("owner_email", error.words)
            return nil
        }
    }

    fileprivate mutating func clearableDescription() -> Replacement<String>? {
        string("description", length: 0...255).map { Replacement(value: $0.isEmpty ? nil : $0) }
    }
}
