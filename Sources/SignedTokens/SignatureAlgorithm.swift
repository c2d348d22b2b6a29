/// The signature algorithms that we verify, by their names (RFC 7518, section 3.1; RFC 8037, section 3.1).
/// `none` and algorithms with a shared secret are excluded.
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case ps256 = "PS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}
