import Foundation
import HTTPTypes
import Synchronization

extension MicrosoftSimulator {
    /// `/simulator/applications/{clientId}/secrets[/{keyId}]`
    func secrets(_ exchange: Exchange, _ clientID: String, _ rest: [String]) throws(ControlFailure) -> Reply {
        guard secrets(of: clientID) != nil else { throw unknown("clientId", clientID) }
        switch (exchange.method, rest.first) {
        case (.get, nil): break
        case (.post, nil):
            let fields = try ControlFields(exchange.body, allowed: ["secret", "expires", "expiresInSeconds"])
            let end = try end(fields)
            guard let made = addSecret(try fields.required("secret"), to: clientID, expiresAt: end) else {
                throw unknown("clientId", clientID)
            }
            return .json(made.json(at: now), status: 201)
        case (.patch, let keyID?):
            let fields = try ControlFields(exchange.body, allowed: ["expires", "expiresInSeconds"])
            guard let changed = expireSecret(keyID, of: clientID, at: try end(fields)) else {
                throw unknown("keyId", keyID)
            }
            return .json(changed.json(at: now))
        case (.delete, let keyID?):
            guard removeSecret(keyID, of: clientID) else { throw unknown("keyId", keyID) }
        default:
            throw ControlFailure(
                status: 405, field: nil, message: "Use GET or POST for the secrets, PATCH or DELETE for one of them."
            )
        }
        let list = secrets(of: clientID) ?? []
        return .json(["secrets": .array(list.map { $0.json(at: now) })])
    }

    /// On the simulator's clock; nil for a secret that does not expire.
    private func end(_ fields: ControlFields) throws(ControlFailure) -> Date? {
        if let seconds = try fields.number("expiresInSeconds") { return now.addingTimeInterval(seconds) }
        guard let text = try fields.string("expires") else { return nil }
        guard let date = Timestamp.parse(text) else { throw fields.wrong("expires", "an ISO 8601 time") }
        return date
    }
}
