/// The signature algorithms of tokens that we verify, by their names (RFC 7518, section 3.1; RFC 8037, section 3.1).
/// Neither `none` nor anything with a shared secret is among them.
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case ps256 = "PS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}
