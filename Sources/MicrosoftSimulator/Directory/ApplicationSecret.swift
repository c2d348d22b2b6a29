package import Foundation
import Synchronization

/// A client secret of an application. Several may be valid at once, so that they can be rotated without a gap.
package struct ApplicationSecret: Sendable, Equatable {
    /// The secret's id in the portal; not a credential.
    package let keyID: String
    package let value: String
    /// Nil if it never expires.
    package var expiresAt: Date?

    func isValid(at now: Date) -> Bool {
        expiresAt.map { now < $0 } ?? true
    }

    /// As the portal shows it: the first three characters.
    func json(at now: Date) -> JSON {
        [
            "keyId": .string(keyID),
            "hint": .string(String(value.prefix(3))),
            "expires": .text(expiresAt.map(Timestamp.graph)),
            "valid": .bool(isValid(at: now)),
        ]
    }
}

extension MicrosoftSimulator {
    /// The secrets of an application; nil if the application is unknown.
    package func secrets(of clientID: String) -> [ApplicationSecret]? {
        state.withLock { $0.application(clientID)?.secrets }
    }

    /// Adds a secret to the existing ones. Returns nil for an unknown application.
    @discardableResult
    package func addSecret(_ value: String, to clientID: String, expiresAt: Date?) -> ApplicationSecret? {
        state.withLock { state in
            guard state.application(clientID) != nil else { return nil }
            let secret = ApplicationSecret(keyID: state.random.guid(), value: value, expiresAt: expiresAt)
            state.applications[clientID.lowercased()]?.secrets.append(secret)
            return secret
        }
    }

    /// Changes when the secret expires; nil for never. Returns nil if there is no such secret.
    @discardableResult
    package func expireSecret(_ keyID: String, of clientID: String, at date: Date?) -> ApplicationSecret? {
        state.withLock { state in
            let key = clientID.lowercased()
            guard let index = state.applications[key]?.secrets.firstIndex(where: { $0.keyID == keyID }) else {
                return nil
            }
            state.applications[key]?.secrets[index].expiresAt = date
            return state.applications[key]?.secrets[index]
        }
    }

    /// Returns false if there is no such secret.
    @discardableResult
    package func removeSecret(_ keyID: String, of clientID: String) -> Bool {
        state.withLock { state in
            let key = clientID.lowercased()
            guard let index = state.applications[key]?.secrets.firstIndex(where: { $0.keyID == keyID }) else {
                return false
            }
            state.applications[key]?.secrets.remove(at: index)
            return true
        }
    }
}
