import HearthRules
import StrictJSON

/// A JSON Web Token: a JWS in compact form (RFC 7515, section 7.1), parsed but not yet verified.
///
/// ``JSONParser`` reads header and claims and rejects duplicate members, NUL, malformed UTF-8, deep nesting and trailing
/// bytes. No library decodes them, so none can trap on them.
package struct SignedToken: Sendable {
    package let algorithm: SignatureAlgorithm
    package let keyID: String
    /// Header and claims as received, which the signature covers.
    private let signedBytes: [UInt8]
    private let signature: [UInt8]
    private let payload: [UInt8]

    /// The maximum size in bytes. Most tokens have one to four thousand; one with many groups may have more.
    package static let longest = 65_536
    /// The maximum size in bytes. An RSA key of 8,192 bits makes the longest signature.
    private static let longestSignature = 1_024
    private static let longestKeyID = 255

    /// - Parameter allowed: the algorithms that the token's issuer may use. The token's header cannot add to them.
    package init(_ text: String, allowed: Set<SignatureAlgorithm>) throws(TokenProblem) {
        guard text.utf8.count <= Self.longest else { throw .notCompact }
        let parts = text.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), (1...Self.longestSignature).contains(signature.count)
        else { throw .notCompact }
        guard let header = try? JSONParser().parse(header).value.asObject else { throw .header }
        guard header["crit"] == nil else { throw .criticalExtension }
        guard let algorithm = header["alg"]?.asString.flatMap(SignatureAlgorithm.init), allowed.contains(algorithm)
        else { throw .algorithm }
        guard let keyID = header["kid"]?.asString, (1...Self.longestKeyID).contains(keyID.utf8.count) else {
            throw .keyID
        }
        self.algorithm = algorithm
        self.keyID = keyID
        self.payload = payload
        self.signature = signature
        signedBytes = Array(text.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
    }

    /// Returns the claims if the signature is valid.
    package func claims(verifiedBy key: VerificationKey) throws(TokenProblem) -> TokenClaims {
        guard key.isValid(signature, over: signedBytes, by: algorithm) else { throw .signature }
        guard let object = try? JSONParser().parse(payload).value.asObject else { throw .claims }
        return TokenClaims(object)
    }
}
