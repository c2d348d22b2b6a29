import HearthCore
package import HearthRules
package import StrictJSON

/// What mail servers have reported about the recipients of a message that was not delivered.
package struct MessageBounces: Sendable, Equatable {
    package let outcomes: [DeliveryReport.Outcome]

    init(_ outcomes: [DeliveryReport.Outcome]) {
        self.outcomes = outcomes
    }

    /// Whether a server has refused the message for good.
    var isPermanent: Bool {
        outcomes.contains { BounceFault(action: $0.action, status: $0.status) != .temporary }
    }

    /// Returns all outcomes, of which later ones of a recipient replace earlier ones.
    func added(to earlier: MessageBounces?) -> MessageBounces {
        let recipients = Set(outcomes.map { $0.recipient.lowercased() })
        return MessageBounces(
            (earlier?.outcomes ?? []).filter { !recipients.contains($0.recipient.lowercased()) } + outcomes)
    }

    package func write(to json: inout JSONWriter) {
        json.array { json in
            for outcome in outcomes {
                json.object { json in
                    json.member("recipient", outcome.recipient)
                    json.member("action", outcome.action.rawValue)
                    json.member("status", outcome.status)
                    json.member("fault", BounceFault(action: outcome.action, status: outcome.status).rawValue)
                    json.member("diagnostic", outcome.diagnostic)
                }
            }
        }
    }

    // MARK: Stored form

    func sealed(for id: Int64, tenant: Int64, keyRing: KeyRing) throws -> [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return try keyRing.seal(json.bytes, for: KeyRing.Place(tenant: tenant, row: id, purpose: .messageReport))
    }

    init(sealed: [UInt8], of id: Int64, tenant: Int64, keyRing: KeyRing) throws {
        let bytes = try keyRing.open(sealed, for: KeyRing.Place(tenant: tenant, row: id, purpose: .messageReport))
        let stored = try JSONParser().parse(bytes).value.asArray ?? []
        outcomes = stored.compactMap(\.asObject).compactMap { outcome in
            guard let recipient = outcome["recipient"]?.asString,
                let action = outcome["action"]?.asString.flatMap(DeliveryReport.Outcome.Action.init)
            else { return nil }
            return DeliveryReport.Outcome(
                recipient: recipient, action: action, status: outcome["status"]?.asString ?? "",
                diagnostic: outcome["diagnostic"]?.asString)
        }
    }
}
