import Foundation
import JWTKit

/// The claims of a v2.0 id_token that we look at (contracts/microsoft.md 3.1).
struct MicrosoftIDToken: JWTPayload {
    let iss: String
    let aud: String
    let exp: TimeInterval
    let nbf: TimeInterval?
    let nonce: String?
    let tid: String
    let oid: String
    let ver: String?
    /// Present for guests: who vouched for them.
    let idp: String?
    /// 0 member, 1 guest, where the registration asks for it.
    let acct: Int?

    /// Nothing here: what must hold depends on values that the caller has. See `check`.
    func verify(using algorithm: some JWTAlgorithm) async throws {}

    enum Problem: String, Error, Sendable {
        case issuer, audience, version, nonce, notYetValid, expired, tenant, account
    }

    struct Expected: Sendable {
        /// The `issuer` of the discovery document, possibly with `{tenantid}` in it.
        let issuer: String
        /// The `issuer` of the key that signed, likewise: a key of the consumer tenant signs for that tenant only.
        let keyIssuer: String?
        let audience: String
        let nonce: String
        let now: Date
    }

    /// Minutes by which clocks may differ.
    private static let leeway: TimeInterval = 300

    /// The rest of the validation, after the signature.
    /// - Returns: the identity, `(tid, oid)`.
    func check(_ expected: Expected) throws(Problem) -> (tid: UUID, oid: UUID) {
        guard let tenant = UUID(uuidString: tid) else { throw .tenant }
        guard let account = UUID(uuidString: oid) else { throw .account }
        guard iss == Self.substitute(tid, in: expected.issuer) else { throw .issuer }
        if let keyIssuer = expected.keyIssuer, iss != Self.substitute(tid, in: keyIssuer) { throw .issuer }
        // GUIDs compare without regard to case (RFC 9562, section 4).
        guard aud.lowercased() == expected.audience.lowercased() else { throw .audience }
        guard ver == "2.0" else { throw .version }
        guard nonce == expected.nonce else { throw .nonce }
        let now = expected.now.timeIntervalSince1970
        guard exp > now - Self.leeway else { throw .expired }
        guard (nbf ?? 0) <= now + Self.leeway else { throw .notYetValid }
        return (tenant, account)
    }

    private static func substitute(_ tid: String, in issuer: String) -> String {
        issuer.replacingOccurrences(of: "{tenantid}", with: tid)
    }
}
