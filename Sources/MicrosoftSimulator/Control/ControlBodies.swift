import Foundation

/// The JSON forms of the request bodies of `/simulator/...`.
extension AccountOptions {
    init(_ body: Data) throws(ControlFailure) {
        let fields = try ControlFields(
            body,
            allowed: [
                "address", "kind", "organization", "displayName", "mail", "userPrincipalName", "proxyAddresses",
                "hasMailbox", "mailbox", "guest", "disabled", "assigned", "language",
            ]
        )
        self.init(address: try fields.address("address"))
        kind = try fields.choice("kind", of: AccountKind.self)
        organization = try fields.string("organization")
        displayName = try fields.string("displayName")
        if fields.has("mail") { mail = .some(try fields.string("mail")) }
        userPrincipalName = try fields.string("userPrincipalName")
        proxyAddresses = try fields.strings("proxyAddresses")
        if try fields.bool("hasMailbox") == false { mailbox = .none }
        if let place = try fields.choice("mailbox", of: MailboxPlace.self) { mailbox = place }
        guest = try fields.bool("guest") ?? false
        disabled = try fields.bool("disabled") ?? false
        assigned = try fields.bool("assigned") ?? false
        language = try fields.string("language")
        if guest, kind == .personal { throw fields.wrong("guest", "false for a personal account") }
        // A personal address can be a guest of any organisation, so the organisation must be named.
        if guest, organization == nil { throw fields.wrong("organization", "given for a guest") }
    }
}

extension OrganizationOptions {
    init(_ body: Data) throws(ControlFailure) {
        let fields = try ControlFields(
            body, allowed: ["domain", "name", "consentPolicy", "adminConsentWorkflow", "assignmentRequired"]
        )
        self.init(
            domain: try fields.required("domain"),
            name: try fields.string("name"),
            consentPolicy: try fields.choice("consentPolicy", of: ConsentPolicy.self),
            adminConsentWorkflow: try fields.bool("adminConsentWorkflow"),
            assignmentRequired: try fields.bool("assignmentRequired")
        )
    }
}

extension MicrosoftSimulator.ApplicationChange {
    init(_ body: Data) throws(ControlFailure) {
        let fields = try ControlFields(
            body, allowed: ["clientId", "name", "secret", "secretExpired", "redirectUris", "publisherVerified"]
        )
        self.init()
        clientID = try fields.string("clientId")
        name = try fields.string("name")
        secret = try fields.string("secret")
        secretExpired = try fields.bool("secretExpired")
        redirectURIs = try fields.strings("redirectUris")
        publisherVerified = try fields.bool("publisherVerified")
    }
}

extension Fault {
    init(_ body: Data) throws(ControlFailure) {
        let fields = try ControlFields(
            body,
            allowed: [
                "match", "times", "skip", "status", "error", "retryAfter", "latencyMilliseconds",
                "answerDelayMilliseconds",
                "body", "takesEffect",
            ]
        )
        self.init()
        if let match = fields.object("match") {
            let matched = try ControlFields(
                match, allowed: ["operation", "path", "account", "method"], prefix: "match.")
            operation = try matched.choice("operation", of: Operation.self)
            path = try matched.string("path")
            account = try matched.string("account")
            method = try matched.string("method")
        }
        times = try fields.integer("times", in: 1...1_000_000)
        skip = try fields.integer("skip", in: 0...1_000_000) ?? 0
        status = try fields.integer("status", in: 200...599)
        if case .integer(let code) = fields.object("error") {
            error = String(code)
        } else {
            error = try fields.string("error")
        }
        retryAfterSeconds = try fields.integer("retryAfter", in: 0...86_400)
        latencyMilliseconds = try fields.integer("latencyMilliseconds", in: 0...600_000)
        answerDelayMilliseconds = try fields.integer("answerDelayMilliseconds", in: 0...600_000)
        self.body = try fields.choice("body", of: Body.self)
        takesEffect = try fields.bool("takesEffect") ?? false
        guard replacesAnswer || latencyMilliseconds != nil || answerDelayMilliseconds != nil else {
            throw ControlFailure(
                field: "status",
                message: "Give status, error, body, latencyMilliseconds or answerDelayMilliseconds.")
        }
    }
}

extension TokenShape {
    init(_ body: Data) throws(ControlFailure) {
        let fields = try ControlFields(body, allowed: ["shapes", "claims", "times", "account"])
        var kinds: [Kind] = []
        for name in try fields.strings("shapes") ?? [] {
            guard let kind = Kind(rawValue: name) else {
                throw fields.wrong("shapes", "an array of " + Kind.allCases.map(\.rawValue).joined(separator: ", "))
            }
            kinds.append(kind)
        }
        self.init(
            kinds,
            claims: fields.object("claims")?.object ?? [:],
            times: try fields.integer("times", in: 1...1_000_000) ?? 1,
            account: try fields.string("account")
        )
        if kinds.isEmpty, claims.isEmpty { throw fields.wrong("shapes", "a non-empty array if claims is not given") }
    }
}
