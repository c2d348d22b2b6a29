import Crypto
import Foundation

/// An id_token before it is signed. Header, claims and key are separate, so that a test can falsify each.
struct IDToken: Sendable {
    /// How the signature is made.
    enum Signature: Sendable {
        case genuine
        /// A well-formed signature over other data.
        case wrong
        case none
        /// HS256 keyed with the text of the public key, the classic algorithm confusion.
        case hmacWithPublicKey
    }

    var claims: [String: JSON]
    /// Nil omits `kid`.
    var keyID: String?
    var signature = Signature.genuine
    let key: SigningKey

    /// The compact form (RFC 7515 section 3.1). Microsoft's v2 header has no `x5t`.
    func encoded() throws -> String {
        let algorithm =
            switch signature {
            case .genuine, .wrong: "RS256"
            case .none: "none"
            case .hmacWithPublicKey: "HS256"
            }
        var header: [String: JSON] = ["typ": "JWT", "alg": .string(algorithm)]
        if let keyID { header["kid"] = .string(keyID) }
        let content = "\(Base64URL.encode(JSON.object(header).data)).\(Base64URL.encode(JSON.object(claims).data))"
        let bytes: [UInt8]
        switch signature {
        case .genuine:
            bytes = try key.signature(over: content)
        case .wrong:
            bytes = try key.signature(over: content + "x")
        case .none:
            bytes = []
        case .hmacWithPublicKey:
            let secret = SymmetricKey(data: Data(key.publicPEM.utf8))
            bytes = Array(HMAC<SHA256>.authenticationCode(for: Data(content.utf8), using: secret))
        }
        return "\(content).\(Base64URL.encode(bytes))"
    }
}

extension SimulatorState {
    /// The claims of version 2.0 for `account`.
    ///
    /// - Parameters:
    ///   - lifetime: seconds from now; `iat` and `nbf` are back-dated by five minutes.
    ///   - baseURL: the beginning of the issuer.
    mutating func idToken(
        for account: Account, clientID: String, scopes: [Scope], nonce: String?, lifetime: Int, baseURL: String
    ) -> IDToken {
        let now = Int(self.now.timeIntervalSince1970)
        var claims: [String: JSON] = [
            "ver": "2.0",
            "aud": .string(clientID),
            "iss": .string("\(baseURL)/\(account.id.tenantID)/v2.0"),
            "tid": .string(account.id.tenantID),
            "sub": .string(Self.pairwiseSubject(account.id, clientID: clientID)),
            "iat": .integer(now - 300),
            "nbf": .integer(now - 300),
            "exp": .integer(now + lifetime),
            "aio": .string(random.word(60)),
            "rh": .string("1.A\(random.word(40))."),
            "uti": .string(random.word(22)),
        ]
        if let nonce { claims["nonce"] = .string(nonce) }
        // The object id requires `profile`, like the names.
        if scopes.contains(identity: "profile") {
            claims["oid"] = .string(account.id.objectID)
            claims["name"] = .string(account.displayName)
            claims["preferred_username"] = .string(account.address)
        }
        if scopes.contains(identity: "email"), account.kind == .personal || account.mail != nil {
            claims["email"] = .string(account.primaryAddress)
        }
        if let provider = account.identityProvider { claims["idp"] = .string(provider) }
        return IDToken(claims: claims, keyID: keys.newest.id, key: keys.newest)
    }

    /// Stable within one application, different in others.
    private static func pairwiseSubject(_ account: AccountID, clientID: String) -> String {
        let text = "\(clientID.lowercased())|\(account.tenantID)|\(account.objectID)"
        return Base64URL.encode(SHA256.hash(data: Data(text.utf8)))
    }
}
