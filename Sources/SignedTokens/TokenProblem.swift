/// Why a signed token is rejected, for the log. It names the faulty part and quotes nothing of the token.
package enum TokenProblem: Error, Equatable, CustomStringConvertible {
    /// The text is not a JWS in compact form, or it is too long.
    case notCompact
    /// The header is not a valid JSON object.
    case header
    /// The header has `crit`: extensions that must be understood (RFC 7515, section 4.1.11). We support none.
    case criticalExtension
    case algorithm
    case keyID
    /// The key set has no key with this id for this algorithm.
    case unknownKey
    case signature
    /// The claims are not a valid JSON object.
    case claims
    /// A claim is missing, malformed, or does not have the required value.
    case claim(String)

    package var description: String {
        switch self {
        case .notCompact: "it is not a signed token in compact form"
        case .header: "its header cannot be read"
        case .criticalExtension: "its header requires an extension"
        case .algorithm: "its algorithm is not allowed"
        case .keyID: "its header has no key ID"
        case .unknownKey: "its key is not one of the published keys"
        case .signature: "its signature is wrong"
        case .claims: "its claims cannot be read"
        case .claim(let name): "its claim \(name) is missing, malformed or wrong"
        }
    }
}
